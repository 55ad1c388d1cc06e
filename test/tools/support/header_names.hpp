// What the headers of include/steady declare, well enough to tell whether a name that a document uses exists: the words of each
// header without its comments, which classes and namespaces it defines, and what it includes. The words of its texts count where no
// class is named: names of metrics are among them.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/project_files.hpp"

class header_names {
 public:
  explicit header_names(const std::filesystem::path& include) : root_(include.lexically_normal()) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "steady"))
      if (entry.path().extension() == ".hpp") read(entry.path().lexically_normal());
  }

  // `erase_if`, `classic_map::rebuild`, `steady::observe_by`, `std::pmr::memory_resource`, and several in one piece of code. A member
  // has to be in a header that defines its class, or in one that this includes. Empty, or what there is not.
  [[nodiscard]] std::string missing_in(std::string_view code) const {
    while (!code.empty()) {
      const std::vector<std::string> name = take_name(code);
      if (name.empty() || name.front() == "std") continue;
      const std::string& last = name.back();
      if (name.size() == 1) {
        if (!everywhere_.contains(last)) return last;
      } else if (!is_member(name[name.size() - 2], last)) {
        return name[name.size() - 2] + "::" + last;
      }
    }
    return {};
  }

 private:
  struct header {
    std::set<std::string> words;
    std::set<std::string> defines;
    std::vector<std::filesystem::path> includes;
  };

  [[nodiscard]] static bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  [[nodiscard]] static std::string take_word(std::string_view& code) {
    std::size_t length = 0;
    while (length < code.size() && in_word(code[length])) ++length;
    std::string word{code.substr(0, length)};
    code.remove_prefix(length);
    return word;
  }
  // The next a::b::c; empty for what is none.
  [[nodiscard]] static std::vector<std::string> take_name(std::string_view& code) {
    std::vector<std::string> name;
    if (!in_word(code.front())) {
      code.remove_prefix(1);
      return name;
    }
    const bool number = std::isdigit(static_cast<unsigned char>(code.front())) != 0;
    do {
      name.push_back(take_word(code));
      if (!code.starts_with("::")) break;
      code.remove_prefix(2);
    } while (!code.empty() && in_word(code.front()));
    if (number) name.clear();
    if (name.size() > 1 && name.front() == "steady") name.erase(name.begin());
    return name;
  }

  void read(const std::filesystem::path& path) {
    header& of = headers_[path];
    const std::string text = text_of_file(path);
    for (std::string_view rest = text; !rest.empty();) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.starts_with("#include \"")) {
        of.includes.push_back(
            (path.parent_path() / line.substr(10, line.rfind('"') - 10)).lexically_normal());
      } else if (line.starts_with("#include <steady/")) {
        of.includes.push_back(root_ / line.substr(10, line.rfind('>') - 10));
      } else {
        read_line(of, line.substr(0, line.find("//")));
      }
    }
  }

  // Here nothing is indented for a namespace: what begins a line is not inside of a class.
  void read_line(header& of, std::string_view line) {
    for (const std::string_view keyword : {"class ", "struct ", "enum class ", "namespace ", "using "}) {
      if (!line.starts_with(keyword)) continue;
      const bool only_declares = line.ends_with(';') && line.find_first_of("{=") == std::string_view::npos;
      if (only_declares) continue;
      std::string_view defined = line.substr(keyword.size());
      defined = defined.substr(0, std::min(defined.find_first_of("{=<;"), defined.find(" : ")));
      if (defined.empty()) continue;
      for (const std::string& name : take_name(defined)) of.defines.insert(name);
    }
    for (bool in_text = false; !line.empty();) {
      if (!in_word(line.front())) {
        if (line.front() == '"') in_text = !in_text;
        line.remove_prefix(line.front() == '\\' ? std::min<std::size_t>(2, line.size()) : 1);
        continue;
      }
      std::string word = take_word(line);
      if (!in_text) of.words.insert(word);
      everywhere_.insert(std::move(word));
    }
  }

  [[nodiscard]] bool is_member(const std::string& scope, const std::string& name) const {
    std::set<std::filesystem::path> seen;
    for (const auto& [path, of] : headers_)
      if (of.defines.contains(scope) && reaches(path, name, seen)) return true;
    return false;
  }
  [[nodiscard]] bool reaches(const std::filesystem::path& path, const std::string& name,
                             std::set<std::filesystem::path>& seen) const {
    const auto found = headers_.find(path);
    if (found == headers_.end() || !seen.insert(path).second) return false;
    if (found->second.words.contains(name)) return true;
    for (const std::filesystem::path& included : found->second.includes)
      if (reaches(included, name, seen)) return true;
    return false;
  }

  std::filesystem::path root_;
  std::map<std::filesystem::path, header> headers_;
  std::set<std::string> everywhere_;
};
