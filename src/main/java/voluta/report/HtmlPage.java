package voluta.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A page of one file that needs no network: a frame, its style and its script from the program's resources, around JSON. */
public final class HtmlPage {
    /** Where that lies which all pages share. */
    private static final String SHELL = "/voluta/report/";

    private static final ObjectMapper JSON = new ObjectMapper();

    private HtmlPage() {}

    /**
     * Puts a page together.
     *
     * @param resource the resource's path without its ending, for instance {@code /voluta/report/report}: there are {@code
     *     .html} with what the page's body begins with, {@code .css} and {@code .js}
     * @param title text, never markup
     * @param data what the script shows
     */
    public static String of(String resource, String title, JsonNode data) {
        return resource(SHELL + "shell.html")
                .replace("/*COMMON*/", resource(SHELL + "common.css").strip())
                .replace("<!--BODY-->", resource(resource + ".html").strip())
                .replace("/*STYLE*/", resource(resource + ".css"))
                .replace("/*SCRIPT*/", resource(resource + ".js"))
                .replace("<!--TITLE-->", escaped(title))
                .replace("<!--DATA-->", block(data));
    }

    /** Within a script element, the characters that could end it are written as JSON's own escapes. */
    private static String block(JsonNode data) {
        try {
            return JSON.writeValueAsString(data)
                    .replace("<", "\\u003c")
                    .replace(">", "\\u003e")
                    .replace("&", "\\u0026");
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("a string refused characters", e);
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String resource(String name) {
        try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the program's own " + name + " cannot be read", e);
        }
    }
}
