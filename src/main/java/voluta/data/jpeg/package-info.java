/**
 * A strict decoder for JPEG: baseline and progressive, 8 bits, Huffman-coded, one, three or four components (ITU-T T.81).
 *
 * <p>Belongs to {@code voluta.data} and uses the JDK alone. Begin with {@link voluta.data.jpeg.JpegDecoder}.
 *
 * <p>Why one of our own: decoders for viewers show what they can and warn at best, but a picture that is half grey teaches a
 * network nonsense; here every damage that the format lets one see is an error. It can be ended after a time, also in the
 * middle of a progressive picture whose scans make it slow on purpose. It is memory-safe, needs no native library, and is
 * faster than what comes with Java, since a thread uses the same tables and buffers for picture after picture.
 *
 * <p>Rows of units are decoded, transformed and coloured one after another, and only where somebody wants pixels ({@code
 * Area}); of the rest the codes are gone through, so that damage is found wherever it is. What works on rows of samples is
 * written so that Java's compiler turns it into vectors (Note [Bounds without branches] in {@code Pixels}).
 *
 * <p>The arithmetic is that of the Independent JPEG Group's library in its default settings (the accurate integer transform,
 * triangle-filtered chroma, 16-bit fixed-point colour), which nearly all other programs use: pixels are the same, bit for
 * bit. Tests compare with Pillow.
 *
 * <p>Refused: resynchronising after damage (the rest would be shifted), arithmetic coding and lossless JPEG (ImageIO is asked
 * instead), colour profiles.
 */
package voluta.data.jpeg;
