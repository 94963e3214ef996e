package voluta.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import voluta.data.ImageShape;

class ExerciseTest {
    private static List<FilteredPicture> pictures() {
        return FilterChoice.all().stream()
                .map(f -> new FilteredPicture(f, new ImageShape(1, 1, 1), new double[1]))
                .toList();
    }

    @Test
    void solutionNamesTheFilterOfEachPicture() {
        for (long seed = 0; seed < 50; seed++) {
            Exercise e = Exercise.of(pictures(), seed);
            Set<Integer> numbers = new HashSet<>();
            for (int i = 0; i < e.pictures().size(); i++) {
                Exercise.Pair pair = e.solution().get(i);
                assertEquals(String.valueOf((char) ('A' + i)), pair.picture());
                assertSame(e.pictures().get(i).filter(), e.filters().get(pair.number() - 1));
                assertEquals(e.pictures().get(i).filter().name(), pair.filter());
                numbers.add(pair.number());
            }
            assertEquals(pictures().size(), numbers.size());
        }
    }

    /** Every filter comes to every number; neither order tells the other. */
    @Test
    void everythingIsShuffled() {
        Set<String> met = new HashSet<>();
        for (long seed = 0; seed < 400; seed++) {
            for (Exercise.Pair p : Exercise.of(pictures(), seed).solution()) met.add(p.picture() + p.number());
        }
        assertEquals(pictures().size() * pictures().size(), met.size());
        assertEquals(
                Exercise.of(pictures(), 5).solution(),
                Exercise.of(pictures(), 5).solution());
        assertNotEquals(
                Exercise.of(pictures(), 5).solution(),
                Exercise.of(pictures(), 6).solution());
    }
}
