package voluta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class ReportJsonTest {
    /** A text in the place of a number would end the page's script. */
    @Test
    void everyNumberIsANumberOrNull() throws JsonProcessingException {
        ObjectNode to = JsonNodeFactory.instance.objectNode();
        ReportJson.number(to, "rounded", 0.1);
        ReportJson.number(to, "largerThanFloats", -1e50);
        ReportJson.number(to, "infinite", Double.POSITIVE_INFINITY);
        ReportJson.number(to, "none", Double.NaN);
        assertEquals(
                "{\"rounded\":0.1,\"largerThanFloats\":-1.0E50,\"infinite\":null,\"none\":null}",
                new ObjectMapper().writeValueAsString(to));
    }
}
