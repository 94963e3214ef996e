package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What holds for every description and every text. */
class DescriptionPropertiesTest {
    @Property(seed = "1", tries = 500)
    void whatIsWrittenReadsBackEqual(@ForAll long seed) {
        NetworkDescription d = new RandomDescriptions(seed).network();
        String yaml = d.yaml();
        NetworkDescription back = readUnchecked(yaml);
        assertEquals(d, back, yaml);
        assertEquals(yaml, back.yaml());
        assertEquals(d.hashCode(), back.hashCode());
    }

    /** Random networks need not make sense together; what is under test is the text. */
    private static NetworkDescription readUnchecked(String yaml) {
        return NetworkDescription.parseUnchecked(yaml, "random.yaml");
    }

    /** Damage to a good text gives a good description or a typed error with the file's name, never anything else. */
    @Property(seed = "1", tries = 500)
    void damagedTextIsRefusedPolitely(
            @ForAll long seed,
            @ForAll @IntRange(max = 10_000) int at,
            @ForAll @IntRange(min = 1, max = 0x17f) int put) {
        StringBuilder text =
                new StringBuilder(new RandomDescriptions(seed).network().yaml());
        int position = at % text.length();
        if (put % 3 == 0) text.deleteCharAt(position);
        else if (put % 3 == 1) text.insert(position, (char) put);
        else text.setCharAt(position, (char) put);
        try {
            NetworkDescription.parse(text.toString(), "damaged.yaml");
        } catch (ModelException e) {
            assertTrue(e.getMessage().startsWith("damaged.yaml"), e.getMessage());
        }
    }

    /** Guards the generator: a property over a few kinds of layers would prove little. */
    @Example
    void everyKindIsDrawn() {
        Set<String> drawn = new HashSet<>();
        for (long seed = 0; seed < 400; seed++) {
            new RandomDescriptions(seed).network().layers().forEach(d -> drawn.add(d.kind()));
        }
        assertEquals(LayerKinds.all().keySet(), drawn);
    }
}
