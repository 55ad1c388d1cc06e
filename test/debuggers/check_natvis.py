"""Looks whether extra/natvis/steady.natvis is well-formed, and every name in its expressions is one of the headers.

    check_natvis.py FOLDER-OF-EXTENSIONS FOLDER-OF-HEADERS"""

import pathlib
import re
import sys
import xml.etree.ElementTree

NAMESPACE = "{http://schemas.microsoft.com/vstudio/debugger/natvis/2010}"
# Words of the expressions' language.
LANGUAGE = {"unsigned", "char", "nullptr", "sizeof", "ull"}


def expressions(element):
    tag = element.tag.removeprefix(NAMESPACE)
    text = (element.text or "").strip()
    if tag == "DisplayString":
        yield from re.findall(r"\{([^{}]+)\}", text)
    elif text:
        yield text
    for attribute in ("Condition", "InitialValue"):
        if attribute in element.attrib:
            yield element.attrib[attribute]
    if tag == "Item":
        yield from re.findall(r"\{([^{}]+)\}", element.attrib.get("Name", ""))


def main():
    extra, headers = (pathlib.Path(argument) for argument in sys.argv[1:])
    words = set()
    for path in headers.rglob("*.hpp"):
        # Code only: a comment may still have the name of what is gone.
        code = re.sub(r"//.*", "", path.read_text())
        words.update(re.findall(r"[A-Za-z_]\w*", code))
    passed = failed = 0
    root = xml.etree.ElementTree.parse(extra / "natvis" / "steady.natvis").getroot()
    for type_element in root:
        variables = {element.attrib["Name"] for element in type_element.iter(NAMESPACE + "Variable")}
        names = set(re.findall(r"[A-Za-z_]\w*", type_element.attrib["Name"]))
        for element in type_element.iter():
            for expression in expressions(element):
                names.update(re.findall(r"(?<![0-9])\b[A-Za-z_]\w*", expression))
        for name in sorted(names - variables - LANGUAGE):
            if name in words:
                passed += 1
            else:
                failed += 1
                print(f"steady.natvis: {type_element.attrib['Name']}: no header has the name {name}")
    print(f"debuggers: natvis: {passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
