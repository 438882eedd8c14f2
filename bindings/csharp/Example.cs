using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;
using Snow;

/// <summary>Signs in, lists, creates, meets an error and renews its token.</summary>
public static class Example
{
    public static void Main()
    {
        Func<string, string> env = Environment.GetEnvironmentVariable;
        var tokens = new List<string>();
        using (Client client = Client.OAuth(env("SNOW_INSTANCE"), env("SNOW_CLIENT_ID"), env("SNOW_CLIENT_SECRET")))
        {
            client.OnToken(tokens.Add); // The place to store it.
            client.Login(env("SNOW_USER"), env("SNOW_PASSWORD"));
            Console.WriteLine("signed in, token " + tokens.Count);

            Query query = new Query().Where("active", "=", "true").OrderBy("number").Fields("number").Limit(3);
            foreach (var row in client.List("incident", query)) Console.WriteLine(row["number"]);

            var made = client.Create("incident",
                new Dictionary<string, string> { { "short_description", "Disk full on db01" } });
            Console.WriteLine("opened: " + made["short_description"]);

            try
            {
                client.Get("incident", "nobody");
            }
            catch (SnowException error)
            {
                Console.WriteLine("{0}, HTTP {1}: {2}", error.StatusName, error.HttpStatus, error.InstanceMessage);
            }

            // Its time is over.
            client.Token = Regex.Replace(tokens[0], "(\"expires_at\": *)[0-9.]+", "${1}1");
            client.Get("incident", made["sys_id"]);
            Console.WriteLine("renewed, token " + tokens.Count);
        }
    }
}
