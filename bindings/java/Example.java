import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import snow.Client;
import snow.Query;
import snow.Rows;
import snow.SnowException;

/** Signs in, lists, creates, meets an error and renews its token. */
public class Example {
    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        List<String> tokens = new ArrayList<>();
        try (Client client = Client.oauth(environment.get("SNOW_INSTANCE"), environment.get("SNOW_CLIENT_ID"),
                environment.get("SNOW_CLIENT_SECRET"), null)) {
            client.onToken(tokens::add); // The place to store it.
            client.login(environment.get("SNOW_USER"), environment.get("SNOW_PASSWORD"));
            System.out.println("signed in, token " + tokens.size());

            Query query = new Query().where("active", "=", true).orderBy("number").fields("number").limit(3);
            try (Rows rows = client.list("incident", query)) {
                for (Map<String, String> row : rows) System.out.println(row.get("number"));
            }

            Map<String, String> made = client.create("incident", Map.of("short_description", "Disk full on db01"));
            System.out.println("opened: " + made.get("short_description"));

            try {
                client.get("incident", "nobody", null);
            } catch (SnowException error) {
                System.out.println(error.statusName + ", HTTP " + error.httpStatus + ": " + error.instanceMessage);
            }

            // Its time is over.
            client.setToken(tokens.get(0).replaceAll("(\"expires_at\": *)[0-9.]+", "$11"));
            client.get("incident", made.get("sys_id"), null);
            System.out.println("renewed, token " + tokens.size());
        }
    }
}
