using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using Snow;

/// <summary>What the example does not show: threads, and what callbacks throw.</summary>
public static class Test
{
    static void Check(bool truth, object said)
    {
        if (!truth) throw new InvalidOperationException("it is not so: " + said);
    }

    static E Thrown<E>(Action call) where E : Exception
    {
        try
        {
            call();
        }
        catch (E thrown)
        {
            return thrown;
        }
        throw new InvalidOperationException("nothing threw " + typeof(E));
    }

    static Client SignedIn(Action<string> told)
    {
        Client client = Client.OAuth(Environment.GetEnvironmentVariable("SNOW_INSTANCE"), "snow-client", "snow-secret");
        client.OnToken(told);
        client.Login("admin", "admin");
        return client;
    }

    static void Expire(Client client)
    {
        client.Token = Regex.Replace(client.Token, "(\"expires_at\": *)[0-9.]+", "${1}1");
    }

    /// <summary>One renewal for many threads, told on one of them.</summary>
    static void Threads()
    {
        var told = new List<Thread>();
        using (Client client = SignedIn(token => told.Add(Thread.CurrentThread)))
        {
            Check(told[0] == Thread.CurrentThread, told);
            Expire(client);
            Query five = new Query().Limit(5);
            int rows = 0;
            var threads = Enumerable.Range(0, 30).Select(each => new Thread(() =>
            {
                foreach (var row in client.List("incident", five))
                    if (row["number"].StartsWith("INC")) Interlocked.Increment(ref rows);
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Check(rows == 150, rows);
            Check(told.Count == 2 && threads.Contains(told[1]), told.Count);
        }
    }

    static void Callbacks()
    {
        using (Client client = SignedIn(token => { }))
        {
            var mine = new ApplicationException("the disk is full");
            client.OnToken(token => { throw mine; });
            GC.Collect();
            Expire(client);
            Check(Thrown<ApplicationException>(() => client.Get("incident", "0")) == mine, mine);
            client.OnToken(token => client.Get("incident", "0"));
            Expire(client);
            Check(Thrown<SnowException>(() => client.Delete("incident", "0")).Method == "GET", "the inner call");
            // A thread that is ended in a callback ends its call, and not the client.
            var told = new ManualResetEvent(false);
            client.OnToken(token => { told.Set(); Thread.Sleep(Timeout.Infinite); });
            Expire(client);
            ThreadAbortException ended = null;
            var other = new Thread(() => ended = Thrown<ThreadAbortException>(() => client.Get("incident", "0")));
            other.Start();
            told.WaitOne();
            other.Abort();
            other.Join();
            client.OnToken(token => { });
            Check(ended != null && Thrown<SnowException>(() => client.Get("incident", "0")).HttpStatus == 404, ended);
        }
    }

    static void Records()
    {
        Client client = Client.Basic(Environment.GetEnvironmentVariable("SNOW_INSTANCE"), "admin", "admin");
        string text = "na\u00efve \U0001F600";
        var made = client.Create("incident", new Dictionary<string, string> { { "short_description", text } });
        Check(made["short_description"] == text, made["short_description"]);
        string key = made["sys_id"];
        Check(client.Update("incident", key, new Dictionary<string, string> { { "state", "2" } })["state"] == "2", key);
        Query display = new Query("active=true").Fields("state", "opened_by").DisplayValue();
        var shown = client.Get("incident", key, display);
        Check(shown["state"] == "In Progress" && shown["opened_by"] == "admin", shown["opened_by"]);
        client.Delete("incident", key);
        SnowException gone = Thrown<SnowException>(() => client.Get("incident", key));
        Check(gone.Status == 313 && gone.HttpStatus == 404 && gone.Path.EndsWith(key) && gone.RetryAfter == null
            && !gone.Retryable && !gone.MaybeApplied && gone.Detail != null, gone);
        Thrown<ArgumentException>(() => new Query().Where("active", "~", "x"));
        Check(Thrown<SnowException>(() => client.Get("incident", "0", new Query().Where("a^b", "=", "x")))
            .Message.Contains("field"), "where");
        Check(client.List("incident").First().ContainsKey("sys_id"), "the first row");
        client.Dispose();
        client.Dispose();
        Thrown<ObjectDisposedException>(() => client.Get("incident", key));
    }

    /// <summary>What C would take for something else is refused before it gets there.</summary>
    static void Refused()
    {
        Client client = Client.Basic(Environment.GetEnvironmentVariable("SNOW_INSTANCE"), "admin", "admin");
        using (client)
        {
            var stays = new Dictionary<string, string> { { "short_description", "stays" } };
            string key = client.Create("incident", stays)["sys_id"];
            string said = Thrown<ArgumentException>(() => client.Delete("incident", key + "\0' OR 1")).Message;
            Check(said.StartsWith("sys_id: a text has a NUL"), said);
            said = Thrown<ArgumentException>(() => client.Get("\ud800", key)).Message;
            Check(said.StartsWith("table: "), said);
            foreach (Query query in new[] { new Query("active=true\0"), new Query().Where("number", "=", "INC\0"),
                new Query().OrderBy("\ud800"), new Query().Fields("number\0") })
                Thrown<ArgumentException>(() => client.List("incident", query).First());
            stays["state"] = "1\0";
            Thrown<ArgumentException>(() => client.Create("incident", stays));
            Thrown<ArgumentException>(() => Client.Basic("dev12345", "admin", "admin\0"));
            client.Delete("incident", key);
        }
        // Nothing holds the client because of what was refused.
        Thrown<ObjectDisposedException>(() => client.Get("incident", "0"));
    }

    public static void Main()
    {
        Threads();
        Callbacks();
        Records();
        Refused();
    }
}
