// Signs in, lists, creates, meets an error and renews its token.
//   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... node example.js
const { Client, Query, SnowError } = require('./snow.js');

async function main() {
    const { SNOW_INSTANCE, SNOW_CLIENT_ID, SNOW_CLIENT_SECRET, SNOW_USER, SNOW_PASSWORD } = process.env;
    const client = Client.oauth(SNOW_INSTANCE, SNOW_CLIENT_ID, SNOW_CLIENT_SECRET);
    const tokens = [];
    try {
        client.onToken((token) => tokens.push(token)); // The place to store it.
        await client.login(SNOW_USER, SNOW_PASSWORD);
        console.log(`signed in, token ${tokens.length}`);

        const query = new Query().where('active', '=', true).orderBy('number').fields('number').limit(3);
        for await (const row of client.list('incident', query))
            console.log(row.number);

        const made = await client.create('incident', { short_description: 'Disk full on db01' });
        console.log(`opened: ${made.short_description}`);

        try {
            await client.get('incident', 'nobody');
        } catch (error) {
            if (!(error instanceof SnowError)) throw error;
            console.log(`${error.statusName}, HTTP ${error.httpStatus}: ${error.instanceMessage}`);
        }

        client.setToken({ ...tokens[0], expires_at: 1 }); // Its time is over.
        await client.get('incident', made.sys_id);
        console.log(`renewed, token ${tokens.length}`);
    } finally {
        await client.close();
    }
}

main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
});
