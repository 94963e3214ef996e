#include "image.h"
#include "state.h"
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <regex>

namespace simulator {

namespace {

unsigned bytesOf(const std::string& type) { return static_cast<unsigned>(std::atoi(type.c_str() + 1)) / 8; }

std::size_t skip(const std::string& text, std::size_t from, char open, char close) {
    int depth = 0;
    for (std::size_t i = from; i < text.size(); i++) {
        if (text[i] == open) depth++;
        if (text[i] == close && --depth == 0) return i + 1;
    }
    return text.size();
}

Function parseEntry(const std::string& ptx, std::size_t at) {
    static const std::regex parameter(R"(\.param\s+(?:\.align\s+\d+\s+)?\.([a-z]\d+)\s+\w+(?:\[(\d+)\])?)");
    static const std::regex threads(R"(\.maxntid\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?)");
    static const std::regex shared(R"(\.shared\s+(?:\.align\s+\d+\s+)?\.([a-z]\d+)\s+[\w$]+(?:\[(\d+)\])?)");
    Function made;
    std::size_t open = ptx.find('(', at), close = skip(ptx, open, '(', ')');
    made.name = ptx.substr(at, open - at);
    made.name.erase(made.name.find_last_not_of(" \t\r\n") + 1);
    auto read = [&](const std::string& text, const std::regex& pattern, auto&& use) {
        for (std::sregex_iterator i(text.begin(), text.end(), pattern), end; i != end; ++i) use(*i);
    };
    read(ptx.substr(open, close - open), parameter, [&](const std::smatch& m) {
        made.parameterBytes.push_back(bytesOf(m[1]) * (m[2].matched ? std::stoul(m[2]) : 1));
    });
    std::size_t body = std::min(ptx.find('{', close), ptx.size()), end = skip(ptx, body, '{', '}');
    read(ptx.substr(close, body - close), threads, [&](const std::smatch& m) {
        made.maximumThreads = 1;
        for (int i = 1; i <= 3; i++) made.maximumThreads *= m[i].matched ? std::stoul(m[i]) : 1;
    });
    for (std::size_t line = ptx.find(".shared", body); line < end; line = ptx.find(".shared", line + 1))
        read(ptx.substr(line, ptx.find(';', line) - line), shared, [&](const std::smatch& m) {
            made.sharedBytes += bytesOf(m[1]) * (m[2].matched ? std::stoul(m[2]) : 1);
        });
    return made;
}

CUresult readPtx(const std::string& ptx, int device, std::vector<Function>& functions) {
    std::size_t version = ptx.find(".version"), target = ptx.find(".target sm_");
    if (version == std::string::npos || target == std::string::npos)
        return refuse(INVALID_IMAGE, "this is neither PTX text nor machine code; fat binaries are not simulated");
    double number = std::atof(ptx.c_str() + version + 8);
    if (number > 9.0) return refuse(222, "PTX %.1f is newer than what this driver takes", number);
    int level = std::atoi(ptx.c_str() + target + 11);
    if (level > device) return refuse(NO_BINARY_FOR_GPU, "the kernels are for sm_%d, this is sm_%d", level, device);
    for (std::size_t at = ptx.find(".entry "); at != std::string::npos; at = ptx.find(".entry ", at)) {
        at += 7;
        functions.push_back(parseEntry(ptx, at));
    }
    return SUCCESS;
}

template <class T> T at(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/** What a kernel's section .nv.info says: attributes of a format, a number and, in the long format, a payload. */
void readAttributes(const char* from, const char* end, Function& made) {
    constexpr unsigned char LONG = 4, PARAMETER = 0x17, MAXIMUM_THREADS = 0x05;
    while (from + 4 <= end) {
        unsigned char format = at<unsigned char>(from), number = at<unsigned char>(from + 1);
        std::size_t payload = format == LONG ? at<std::uint16_t>(from + 2) : 0;
        const char* data = from + 4;
        if (format == LONG && number == PARAMETER) { // 4 bytes, then its place in the list, its offset, and 14 bits of size
            std::size_t ordinal = at<std::uint16_t>(data + 4);
            if (made.parameterBytes.size() <= ordinal) made.parameterBytes.resize(ordinal + 1);
            made.parameterBytes[ordinal] = at<std::uint32_t>(data + 8) >> 18 & 0x3fff;
        } else if (format == LONG && number == MAXIMUM_THREADS) {
            made.maximumThreads = at<std::uint32_t>(data) * at<std::uint32_t>(data + 4) * at<std::uint32_t>(data + 8);
        }
        from = data + payload;
    }
}

/** Machine code: an ELF file with the sections .text.KERNEL, .nv.info.KERNEL and .nv.shared.KERNEL. */
CUresult readMachineCode(const char* image, int device, std::vector<Function>& functions) {
    constexpr int MACHINE = 190, RESERVED_SHARED = 1024;
    auto header = at<Elf64_Ehdr>(image);
    if (header.e_machine != MACHINE) return refuse(INVALID_IMAGE, "this ELF file holds no CUDA code");
    if (switchedOn("CUDA_FORCE_PTX_JIT", "1")) return refuse(NO_BINARY_FOR_GPU, "CUDA_FORCE_PTX_JIT is set, and there is no PTX");
    int chip = header.e_flags >> 8 & 0xff;
    if (chip / 10 != device / 10 || chip > device)
        return refuse(NO_BINARY_FOR_GPU, "the kernels are for sm_%d, this is sm_%d", chip, device);
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    std::memcpy(sections.data(), image + header.e_shoff, sections.size() * sizeof(Elf64_Shdr));
    const char* names = image + sections[header.e_shstrndx].sh_offset;
    auto find = [&](const std::string& name) -> const Elf64_Shdr* {
        for (const Elf64_Shdr& section : sections)
            if (name == names + section.sh_name) return &section;
        return nullptr;
    };
    const std::string text = ".text.";
    for (const Elf64_Shdr& section : sections) {
        std::string name = names + section.sh_name;
        const Elf64_Shdr* attributes = name.rfind(text, 0) == 0 ? find(".nv.info." + name.substr(text.size())) : nullptr;
        if (attributes == nullptr) continue; // a function that kernels call has none
        Function made;
        made.name = name.substr(text.size());
        readAttributes(image + attributes->sh_offset, image + attributes->sh_offset + attributes->sh_size, made);
        if (const Elf64_Shdr* shared = find(".nv.shared." + made.name)) {
            bool reserved = find(".nv.shared.reserved.0") != nullptr && shared->sh_size >= RESERVED_SHARED;
            made.sharedBytes = static_cast<unsigned>(shared->sh_size) - (reserved ? RESERVED_SHARED : 0);
        }
        functions.push_back(made);
    }
    return SUCCESS;
}

} // namespace

CUresult readImage(const void* image, int capability, std::vector<Function>& functions) {
    const char* from = static_cast<const char*>(image);
    return std::memcmp(from, ELFMAG, SELFMAG) == 0 ? readMachineCode(from, capability, functions) : readPtx(from, capability, functions);
}

} // namespace simulator
