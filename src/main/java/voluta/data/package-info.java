/**
 * Where images and labels come from, and how they reach the device in time.
 *
 * <p>Uses {@code voluta.tensor}, and of libraries ImageIO's plug-ins, Jackson (CSV), commons-compress (tar) and SLF4J; no other room.
 * Begin with {@link voluta.data.Dataset} (labelled images by index), then {@link voluta.data.Datasets} (opening one), then {@link voluta.data.BatchLoader} (threads that fill
 * slots ahead of the training step).
 *
 * <pre>
 * Datasets.open -> Dataset --read, label--> LoaderWorker --Augmentation--> BatchSlot --take--> the training step
 *                     |                         ^                             |
 *                     +--> DatasetStatistics    +------- BatchLoader &lt;--release
 * </pre>
 *
 * <p>Where the samples lie on a device ({@link voluta.data.ResidentDataset}), slots hold a place for each sample instead of
 * its pixels: {@code PlaceWriter} stands for {@code PixelWriter}, and draws the same. Everything else about a loader is the
 * same, so order, resuming and padding are too.
 *
 * <p>Single pictures, for prediction, are an {@link voluta.data.Image}; {@link voluta.data.ImageFiles} decodes them.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Images are unsigned bytes in the order H,W,C, arrays f32 in the order C,D,H,W, all of one size within a data set. Turning them into numbers
 *       around zero, and grey into colour, is the graph's matter, so that the bytes on the bus stay few.
 *   <li>What a batch contains is a pure function of (seed, epoch, number of the batch); what an augmentation draws, of
 *       (seed, epoch, sample). Every random number comes from {@link voluta.tensor.Philox}. So a resumed run sees what
 *       the uninterrupted one would have seen, with any number of workers.
 *   <li>The taking thread allocates nothing and waits for nothing but a batch that is not there yet; how long is
 *       counted.
 *   <li>Readers are strict. A file that is not exactly what its header or its format says is refused with the file, the
 *       values and a remedy, and no header is believed before it was held against the size of the file: a short file
 *       cannot cause a large allocation.
 *   <li>Data sets are only read. Nothing is unpacked or written beside them (a cache goes to a folder of its own), and nothing is
 *       fetched.
 * </ul>
 *
 * <h2>Pictures</h2>
 *
 * {@code PictureSearch} recognises how they are stored; a {@code PictureSource} (files of a folder or a CSV manifest, tar
 * archives read where they lie) gives encoded bytes and labels, {@code Decoder} makes an {@link voluta.data.Image} of them,
 * and {@code PictureDataset} brings it to {@link voluta.data.Dataset#imageShape}. JPEG is the matter of {@code
 * voluta.data.jpeg}; all other kinds go to ImageIO and the plug-ins on the class path.
 *
 * <ul>
 *   <li>Of a picture that is not kept decoded, only the {@link voluta.data.Area} is decoded that a crop or the {@link
 *       voluta.data.Framing} needs: {@code Resampling} is planned when the size is known, before there are pixels.
 *   <li>A picture that cannot be used ends in {@link voluta.data.PictureException}, whatever the decoder threw. It is noted
 *       in {@link voluta.data.Skips}; a loader puts a plain area with label -1 in its place, which nothing counts, so that
 *       the batches stay a pure function of the data. Too many of them end the run.
 *   <li>Classes are matched by name, between splits and between a checkpoint and its data ({@link
 *       voluta.data.Dataset#withClasses}); a class that the other side does not know is refused by its name.
 *   <li>Scaling, turning and colours are computed as Pillow and torchvision do, within a bit; traces of both are compared.
 *   <li>Names are in natural order, which does not depend on the file system.
 * </ul>
 *
 * <h2>What is kept</h2>
 *
 * {@code DiskCache} holds decoded pictures, {@code StoredStatistics} means and deviations; both are named after what the encoded
 * pictures hold, which {@code PictureContents} knows from hashes and {@code FileStamp} from the file system ({@link
 * voluta.data.Dataset#fingerprint}). Nothing depends on a cache but time: what is damaged is noticed by its checksum and made
 * anew, {@code WholeFile} lets nobody see a file that is not finished, and a folder that cannot be written to is used as it is.
 *
 * <h2>Arrays</h2>
 *
 * Signals and volumes are data sets too, whose samples are f32 numbers ({@link voluta.data.Dataset#arrayShape}): {@code
 * ArraySearch} recognises them, {@code ArrayDataset} gives them from an {@code ArraySource} ({@code NpyReader}, {@code NpzReader}, {@code
 * SignalTable}). They travel in the same slots; what the network is given is what was stored, and the graph normalizes it.
 * For people, {@code ArrayPicture} draws one, and {@link voluta.data.Dataset#imageShape} is the size of that. {@link
 * voluta.data.ExampleData} makes some up.
 *
 * <h2>Refused</h2>
 *
 * <ul>
 *   <li>A queue of batches: buffers on the way to a device have fixed addresses, so slots are handed to and fro.
 *   <li>A batch per worker: with two slots only two workers would ever be busy. A batch is split instead.
 *   <li>A stop at the end of an epoch: the workers go on with the next one while the last batches are in use.
 *   <li>Falling back to another image where one cannot be read: it would change the data in silence.
 *   <li>Compressed archives: reading cannot start in their middle, and pictures are compressed already.
 *   <li>Drawing the order and the changes of samples on the device: it would be written twice, random erasing rounds
 *       differently there, and what is saved is 32 bytes for a sample whose pixels are thousands.
 *   <li>Iterators and streams of samples: they allocate for each sample, and cannot start in the middle.
 * </ul>
 */
package voluta.data;
