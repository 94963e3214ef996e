package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.Footprint;

class CacheRowsTest {
    private static final long CACHE = 32 << 20;
    private static final Footprint MOBILENET_V2 = new Footprint(1_505_280, 14_032_312, 300_774_272, 3_504_872);
    private static final Footprint RESNET18 = new Footprint(1_003_520, 6_753_720, 1_814_073_344, 11_689_512);

    /** Cores share 32 MiB; rows as measured best. Small odd batches would compute too many rows twice. */
    @ParameterizedTest
    @CsvSource({
        "64,1,2,4,2",
        "64,1,2,2,4",
        "64,2,2,4,4",
        "64,2,2,2,8",
        "63,1,2,4,2",
        "65,1,2,4,2",
        "65,2,2,4,4",
        "1,1,2,4,1",
        "2,1,2,4,2",
        "3,1,2,4,1",
        "7,2,2,4,7",
        "5,2,2,4,5",
        "64,8,8,4,64",
        "64,8,8,2,8"
    })
    void whatMemoryHoldsUpGoesThroughTheCache(int batch, int threads, int cores, int bytes, int rows) {
        assertEquals(rows, new CacheRows(CACHE, cores, threads).rows(batch, MOBILENET_V2, bytes));
    }

    @Test
    void arithmeticTakesTheTimeOfOthers() {
        assertEquals(64, new CacheRows(CACHE, 2, 1).rows(64, RESNET18, 4));
    }

    /** 53 fit; two passes of 32 have no row twice. */
    @Test
    void passesAreEven() {
        Footprint resnet20 = new Footprint(49_152, 509_214, 40_813_184, 272_474);
        assertEquals(32, new CacheRows(CACHE * 5 / 6, 2, 1).rows(64, resnet20, 4));
    }

    @Test
    void nothingIsGainedWhereWeightsAreReadInsteadOfValues() {
        Footprint heavy = new Footprint(1_505_280, 14_032_312, 300_774_272, 14_032_312);
        assertEquals(64, new CacheRows(CACHE, 2, 1).rows(64, heavy, 4));
    }

    @Test
    void anUnknownCacheChangesNothing() {
        assertEquals(64, new CacheRows(0, 1, 2).rows(64, MOBILENET_V2, 4));
    }

    @Test
    void readsWhatLinuxSays() {
        assertEquals(32 << 20, CacheRows.bytes("32768K"));
        assertEquals(8 << 20, CacheRows.bytes("8M"));
        assertEquals(4096, CacheRows.bytes("4096"));
        assertEquals(1, CacheRows.count("0"));
        assertEquals(7, CacheRows.count("0-3,8,10-11"));
        CacheRows here = CacheRows.of(3);
        assertEquals(3, here.threads());
        assertTrue(here.cache() >= 0 && here.cores() >= 1, here.toString());
    }
}
