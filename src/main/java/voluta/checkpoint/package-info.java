/**
 * Checkpoints: tensors and what is said about them, in files that are whole or absent.
 *
 * <p>Uses {@code voluta.tensor}, Jackson's streaming parser and SLF4J. Knows nothing of graphs, sessions or datasets: a
 * network is a text to it, an optimizer a group of named tensors.
 *
 * <p>Begin with {@link voluta.checkpoint.Checkpoint}, what Voluta saves; it is a {@link voluta.checkpoint.Safetensors}
 * file with certain metadata, and that is written through {@link voluta.checkpoint.AtomicFile}, which serves for any
 * other file that must not be seen half-written.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li><b>Whole or absent.</b> Temporary file in the same folder, force, rename, force the folder. At any moment, also
 *       after SIGKILL or a full disk, the name leads to the old content or the new. {@code CheckpointKillTest} kills
 *       savers; {@code AtomicFileTest} makes every single call on the disk fail in turn.
 *   <li><b>Checkpoints are data.</b> No object is deserialized. {@code HeaderParser} compares every number to the size of
 *       the file before it is used; tensors must cover the data without gap or overlap. Whatever the bytes, the outcome
 *       is a result or a {@link voluta.checkpoint.CheckpointException}; memory is bounded by the size of the file.
 *   <li><b>Damage is noticed.</b> The metadata holds a CRC-32C of each tensor and one of the header. They are optional
 *       when reading, so files from other programs work. They protect against accidents, not against forgery.
 *   <li><b>Saving cannot be interrupted.</b> See note [Uninterruptible saves] in {@code LocalDisk}.
 *   <li><b>Same input, same bytes.</b> No time, no random number, no unordered map enters a file.
 * </ul>
 *
 * <h2>Stricter than the format</h2>
 *
 * <p>Refused with a sentence though the format's own reader may take them: tensors without elements (our shapes have
 * none), element types that have no counterpart here, unknown fields beside dtype, shape and data_offsets, more than 64
 * dimensions, more than 1,000,000 tensors or 100,000 metadata entries. F16 is read as F32 and never written.
 *
 * <h2>Decisions</h2>
 *
 * <ul>
 *   <li>The checksums are computed before the header is written and again while the data is: costs one more pass over
 *       memory, and notices a tensor that changes during the save, which would be a checkpoint of no moment at all.
 *   <li>One checksum for each tensor, not one for the data: a tensor read alone is checked too, and the message names
 *       the damaged one.
 *   <li>Errors are told apart by looking at the folder (missing, read-only, full, no permission), never by the text of
 *       an exception.
 *   <li>Stale temporary files are recognised by a file lock that the kernel drops with the process. Process numbers
 *       were refused: in a container everyone is number 1.
 *   <li>No memory mapping: a file that shrinks under a mapping kills the virtual machine.
 *   <li>How many checkpoints are kept, and which is the best, is the trainer's business.
 *   <li>Linux and macOS: the temporary file is renamed while open, and folders are forced.
 * </ul>
 */
package voluta.checkpoint;
