package voluta.backend.cuda.binding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the dynamic linker reads of a shared library for x86-64: needed libraries and needed symbol versions, with the
 * places of their names. Every offset is checked before it is followed.
 */
final class ElfImage {
    private static final int MAGIC = 0x464c457f;
    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int DYNAMIC_ENTRY_BYTES = 16;
    private static final int VERSION_ENTRY_BYTES = 16;

    private static final int SEGMENT_LOAD = 1;
    private static final int SEGMENT_DYNAMIC = 2;

    private static final long TAG_NEEDED = 1;
    private static final long TAG_STRING_TABLE = 5;
    private static final long TAG_STRING_BYTES = 10;
    private static final long TAG_SONAME = 14;
    private static final long TAG_RPATH = 15;
    private static final long TAG_RUNPATH = 29;
    private static final long TAG_VERSIONS_NEEDED = 0x6ffffffeL;
    private static final long TAG_VERSIONS_NEEDED_COUNT = 0x6fffffffL;

    /** A name in the string table; {@code at} is its offset in the file. */
    record Name(int at, String text) {}

    /** A needed symbol version; {@code hashAt} is the offset of its hash in the file. */
    record Version(Name file, Name name, int hash, int hashAt) {}

    private final ByteBuffer bytes;
    private final List<Name> needed = new ArrayList<>();
    private final List<Name> others = new ArrayList<>();
    private final List<Version> versions = new ArrayList<>();

    private long stringTable;
    private long stringBytes;

    private ElfImage(byte[] library) {
        bytes = ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads a shared library.
     *
     * @throws ElfFormatException if it is none for x86-64, or damaged
     */
    static ElfImage read(byte[] library) {
        ElfImage image = new ElfImage(library);
        image.parse();
        return image;
    }

    /** The libraries it needs. */
    List<Name> needed() {
        return List.copyOf(needed);
    }

    /** Its own name and its search paths: names that share the table with those of libraries. */
    List<Name> others() {
        return List.copyOf(others);
    }

    /** The symbol versions it needs. */
    List<Version> versions() {
        return List.copyOf(versions);
    }

    private void parse() {
        if (bytes.capacity() < HEADER_BYTES || bytes.getInt(0) != MAGIC)
            throw new ElfFormatException("it is no ELF file");
        if (bytes.get(4) != 2 || bytes.get(5) != 1 || u16(16) != 3 || u16(18) != 62)
            throw new ElfFormatException("it is no shared library for x86-64");
        long headers = u64(32);
        int count = u16(56);
        if (u16(54) != PROGRAM_HEADER_BYTES)
            throw new ElfFormatException("its program headers are " + u16(54) + " bytes long");
        range(headers, (long) count * PROGRAM_HEADER_BYTES, "the program headers");

        long dynamic = -1, dynamicBytes = 0;
        for (int i = 0; i < count; i++) {
            long at = headers + (long) i * PROGRAM_HEADER_BYTES;
            if (u32(at) != SEGMENT_DYNAMIC) continue;
            dynamic = u64(at + 8);
            dynamicBytes = u64(at + 32);
        }
        if (dynamic < 0) throw new ElfFormatException("it has no dynamic section");
        range(dynamic, dynamicBytes, "the dynamic section");
        readDynamic(dynamic, dynamicBytes, headers, count);
    }

    private void readDynamic(long dynamic, long size, long headers, int count) {
        Map<Long, Long> single = new HashMap<>();
        List<Long> neededOffsets = new ArrayList<>();
        boolean ended = false;
        for (long at = dynamic; !ended && at + DYNAMIC_ENTRY_BYTES <= dynamic + size; at += DYNAMIC_ENTRY_BYTES) {
            long tag = bytes.getLong((int) at);
            if (tag == 0) ended = true;
            else if (tag == TAG_NEEDED) neededOffsets.add(u64(at + 8));
            else single.put(tag, bytes.getLong((int) at + 8));
        }
        if (!ended) throw new ElfFormatException("its dynamic section does not end");
        if (!single.containsKey(TAG_STRING_TABLE) || !single.containsKey(TAG_STRING_BYTES))
            throw new ElfFormatException("it has no string table");
        stringTable = fileOffset(single.get(TAG_STRING_TABLE), headers, count);
        stringBytes = single.get(TAG_STRING_BYTES);
        range(stringTable, stringBytes, "the string table");

        for (long offset : neededOffsets) needed.add(name(offset));
        for (long tag : new long[] {TAG_SONAME, TAG_RPATH, TAG_RUNPATH}) {
            if (single.containsKey(tag)) others.add(name(single.get(tag)));
        }
        if (single.containsKey(TAG_VERSIONS_NEEDED)) {
            if (!single.containsKey(TAG_VERSIONS_NEEDED_COUNT))
                throw new ElfFormatException("it does not say how many versions it needs");
            readVersions(
                    fileOffset(single.get(TAG_VERSIONS_NEEDED), headers, count), single.get(TAG_VERSIONS_NEEDED_COUNT));
        }
    }

    private void readVersions(long first, long files) {
        if (files < 0 || files > bytes.capacity() / VERSION_ENTRY_BYTES)
            throw new ElfFormatException("it says that it needs versions of " + files + " libraries");
        long at = first;
        for (long i = 0; i < files; i++) {
            range(at, VERSION_ENTRY_BYTES, "a needed version");
            Name file = name(u32(at + 4));
            int count = u16(at + 2);
            long entry = at + u32(at + 8);
            for (int k = 0; k < count; k++) {
                range(entry, VERSION_ENTRY_BYTES, "a needed version");
                versions.add(new Version(file, name(u32(entry + 8)), bytes.getInt((int) entry), (int) entry));
                entry = next(entry, u32(entry + 12), k + 1 < count);
            }
            at = next(at, u32(at + 12), i + 1 < files);
        }
    }

    private static long next(long at, long step, boolean more) {
        if (more && step < VERSION_ENTRY_BYTES) throw new ElfFormatException("its list of needed versions breaks off");
        return at + step;
    }

    /** Where in the file an address of the loaded library comes from. */
    private long fileOffset(long address, long headers, int count) {
        for (int i = 0; i < count; i++) {
            long at = headers + (long) i * PROGRAM_HEADER_BYTES;
            if (u32(at) != SEGMENT_LOAD) continue;
            long offset = u64(at + 8), start = u64(at + 16), size = u64(at + 32);
            if (address < start || address - start >= size) continue;
            long result = offset + (address - start);
            range(result, 0, "an address");
            return result;
        }
        throw new ElfFormatException("address 0x" + Long.toHexString(address) + " is in none of its segments");
    }

    private Name name(long offset) {
        if (offset < 0 || offset >= stringBytes)
            throw new ElfFormatException("name " + offset + " lies outside of its string table");
        int start = (int) (stringTable + offset), end = start, limit = (int) (stringTable + stringBytes);
        while (end < limit && bytes.get(end) != 0) end++;
        if (end == limit) throw new ElfFormatException("a name in its string table does not end");
        return new Name(start, new String(bytes.array(), start, end - start, StandardCharsets.ISO_8859_1));
    }

    private void range(long at, long size, String what) {
        if (at < 0 || size < 0 || at > bytes.capacity() || size > bytes.capacity() - at)
            throw new ElfFormatException(
                    what + " at " + at + " with " + size + " bytes reaches past its end at " + bytes.capacity());
    }

    private int u16(long at) {
        range(at, Short.BYTES, "a field");
        return Short.toUnsignedInt(bytes.getShort((int) at));
    }

    private long u32(long at) {
        range(at, Integer.BYTES, "a field");
        return Integer.toUnsignedLong(bytes.getInt((int) at));
    }

    /** A field that holds an offset, an address or a size: negative values are as wrong as too large ones. */
    private long u64(long at) {
        range(at, Long.BYTES, "a field");
        long value = bytes.getLong((int) at);
        if (value < 0) throw new ElfFormatException("the field at " + at + " is 0x" + Long.toHexString(value));
        return value;
    }
}
