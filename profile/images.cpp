#include "profile/images.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace steady::profiling {

mapped_file::mapped_file(const std::string& path) noexcept {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  struct stat about{};
  if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0) {
    const auto size = static_cast<std::size_t>(about.st_size);
    if (void* const memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0); memory != MAP_FAILED)
      bytes_ = {static_cast<const std::byte*>(memory), size};
  }
  close(file);
}
mapped_file::~mapped_file() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

// So many objects at a place in a file; none, if they are not all within it.
template <class Object>
std::span<const Object> objects_at(std::span<const std::byte> file, std::size_t offset, std::size_t number) {
  if (offset > file.size() || number > (file.size() - offset) / sizeof(Object)) return {};
  if ((reinterpret_cast<std::uintptr_t>(file.data()) + offset) % alignof(Object) != 0) return {};
  return {reinterpret_cast<const Object*>(file.data() + offset), number};
}

process_images::symbol_table::symbol_table(const std::string& path) : file(path) {
  const auto headers = objects_at<ElfW(Ehdr)>(file.bytes(), 0, 1);
  if (headers.empty() || std::memcmp(headers[0].e_ident, ELFMAG, SELFMAG) != 0 ||
      headers[0].e_ident[EI_CLASS] != (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32) ||
      headers[0].e_shentsize != sizeof(ElfW(Shdr)))
    return;
  const auto sections = objects_at<ElfW(Shdr)>(file.bytes(), headers[0].e_shoff, headers[0].e_shnum);
  const ElfW(Shdr)* table = nullptr;
  for (const auto& section : sections)
    if (section.sh_type == SHT_SYMTAB || (section.sh_type == SHT_DYNSYM && table == nullptr))
      table = &section;
  if (table == nullptr || table->sh_link >= sections.size()) return;
  const auto& strings = sections[table->sh_link];
  const auto names = objects_at<char>(file.bytes(), strings.sh_offset, strings.sh_size);
  if (names.empty() || names.back() != '\0') return;
  for (const auto& each :
       objects_at<ElfW(Sym)>(file.bytes(), table->sh_offset, table->sh_size / sizeof(ElfW(Sym)))) {
    if ((each.st_info & 0xf) != STT_FUNC || each.st_shndx == SHN_UNDEF || each.st_name >= names.size())
      continue;
    const auto begin = static_cast<std::uintptr_t>(each.st_value);
    symbols.push_back(
        {begin, begin + static_cast<std::uintptr_t>(each.st_size), names.data() + each.st_name});
  }
  std::sort(symbols.begin(), symbols.end(),
            [](const symbol& a, const symbol& b) { return a.begin < b.begin; });
}

// The build id among a file's notes, in hexadecimal.
std::string build_id_in(const std::byte* notes, std::size_t size) {
  constexpr auto padded = [](std::size_t bytes) { return (bytes + 3) / 4 * 4; };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes, sizeof header);
    const std::size_t whole = sizeof header + padded(header.n_namesz) + padded(header.n_descsz);
    if (whole > size) return {};
    const std::byte* const name = notes + sizeof header;
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      std::string text;
      for (std::size_t at = 0; at < header.n_descsz; ++at) {
        const auto byte = std::to_integer<unsigned>(name[padded(header.n_namesz) + at]);
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
      }
      return text;
    }
    notes += whole;
    size -= whole;
  }
  return {};
}

std::string path_of_program() {
  std::string path(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  path.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return path;
}

process_images::process_images() {
  const auto add = [](dl_phdr_info* of, std::size_t, void* to) {
    auto& images = *static_cast<std::map<std::uintptr_t, image>*>(to);
    image found;
    found.bias = of->dlpi_addr;
    found.path = *of->dlpi_name == '\0' ? path_of_program() : of->dlpi_name;
    const std::span segments(of->dlpi_phdr, of->dlpi_phnum);
    for (const auto& segment : segments)
      if (segment.p_type == PT_NOTE && found.build_id.empty())
        found.build_id =
            build_id_in(reinterpret_cast<const std::byte*>(of->dlpi_addr + segment.p_vaddr), segment.p_memsz);
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    for (const auto& segment : segments) {
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      const std::uintptr_t begin = of->dlpi_addr + segment.p_vaddr;
      found.start = begin / page * page;
      found.limit = (begin + segment.p_memsz + page - 1) / page * page;
      found.offset = segment.p_offset / page * page;
      images.insert_or_assign(found.start, found);
    }
    return 0;
  };
  dl_iterate_phdr(add, &images_);
}

const image* process_images::find(std::uintptr_t address) const noexcept {
  const auto after = images_.upper_bound(address);
  if (after == images_.begin()) return nullptr;
  const image& before = std::prev(after)->second;
  return address < before.limit ? &before : nullptr;
}

std::string_view process_images::function_at(const image& of, std::uintptr_t address) {
  const auto& symbols = tables_.try_emplace(of.path, of.path).first->second.symbols;
  const std::uintptr_t in_file = address - of.bias;
  auto at = std::upper_bound(symbols.begin(), symbols.end(), in_file,
                             [](std::uintptr_t value, const symbol& each) { return value < each.begin; });
  if (at == symbols.begin()) return {};
  --at;
  return in_file < at->end ? at->name : std::string_view{};
}

}  // namespace steady::profiling
