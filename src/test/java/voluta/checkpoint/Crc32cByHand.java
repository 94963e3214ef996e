package voluta.checkpoint;

/** CRC-32C bit by bit from its definition (reversed polynomial 0x82f63b78), to judge the one in use. */
final class Crc32cByHand {
    private Crc32cByHand() {}

    static int of(byte[] bytes) {
        int crc = ~0;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int k = 0; k < 8; k++) crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
        }
        return ~crc;
    }
}
