package voluta.backend.cuda.binding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Makes a shared library ask for another version of a library that it needs: {@code libcudnn.so.8} becomes {@code
 * libcudnn.so.9}. The old and the new name are equally long, so nothing moves: only the names and the hashes of the
 * needed symbol versions change (System V ABI, hash function of symbol tables).
 */
final class ElfRelinker {
    private ElfRelinker() {}

    /**
     * A copy of the library with needed libraries renamed, and symbol versions of the same names with them.
     *
     * @param library the whole file; left as it is
     * @param renames from the present name to the new one of equal length, ASCII; each must be a needed library
     * @throws ElfFormatException if the file is no shared library for x86-64, is damaged, or does not need a library
     *     that shall be renamed
     */
    static byte[] relink(byte[] library, Map<String, String> renames) {
        checkNames(renames);
        ElfImage image = ElfImage.read(library);
        byte[] result = library.clone();
        ByteBuffer bytes = ByteBuffer.wrap(result).order(ByteOrder.LITTLE_ENDIAN);

        Map<Integer, String> places = new HashMap<>();
        Set<String> missing = new HashSet<>(renames.keySet());
        for (ElfImage.Name name : image.needed()) {
            if (renames.containsKey(name.text())) {
                places.put(name.at(), name.text());
                missing.remove(name.text());
            }
        }
        if (!missing.isEmpty()) throw new ElfFormatException("it does not need " + String.join(", ", missing));
        for (ElfImage.Version version : image.versions()) {
            if (renames.containsKey(version.file().text()))
                places.put(version.file().at(), version.file().text());
            String to = renames.get(version.name().text());
            if (to == null) continue;
            places.put(version.name().at(), version.name().text());
            bytes.putInt(version.hashAt(), hash(to));
        }
        checkUnshared(image, places);
        places.forEach((at, from) -> bytes.put(at, renames.get(from).getBytes(StandardCharsets.US_ASCII)));
        return result;
    }

    private static void checkNames(Map<String, String> renames) {
        renames.forEach((from, to) -> {
            if (from.isEmpty() || from.length() != to.length() || !isPlainAscii(from) || !isPlainAscii(to))
                throw new IllegalArgumentException(
                        "cannot rename '" + from + "' to '" + to + "': not equally long ASCII");
        });
    }

    private static boolean isPlainAscii(String s) {
        return s.chars().allMatch(c -> c > ' ' && c < 127);
    }

    /** Linkers may let a name be the end of another one; such a name must not change with it. */
    private static void checkUnshared(ElfImage image, Map<Integer, String> places) {
        Map<Integer, String> all = new HashMap<>();
        for (ElfImage.Name n : image.needed()) all.put(n.at(), n.text());
        for (ElfImage.Name n : image.others()) all.put(n.at(), n.text());
        for (ElfImage.Version v : image.versions()) {
            all.put(v.file().at(), v.file().text());
            all.put(v.name().at(), v.name().text());
        }
        places.forEach((at, from) -> all.forEach((other, text) -> {
            boolean overlaps = other < at + from.length() && at < other + text.length();
            if (overlaps && other.intValue() != at.intValue())
                throw new ElfFormatException("the names " + from + " and " + text + " share their bytes");
        }));
    }

    /** The hash by which the dynamic linker compares version names. */
    static int hash(String name) {
        int h = 0;
        for (byte c : name.getBytes(StandardCharsets.US_ASCII)) {
            h = (h << 4) + (c & 0xff);
            int high = h & 0xf0000000;
            h ^= high >>> 24;
            h &= ~high;
        }
        return h;
    }
}
