# frozen_string_literal: true

# Signs in, lists, creates, meets an error and renews its token.
#   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... ruby example.rb
require_relative 'snow'

Snow::Client.oauth(*ENV.values_at('SNOW_INSTANCE', 'SNOW_CLIENT_ID', 'SNOW_CLIENT_SECRET')) do |client|
  tokens = []
  client.on_token { |token| tokens << token } # The place to store it.
  client.login(*ENV.values_at('SNOW_USER', 'SNOW_PASSWORD'))
  puts "signed in, token #{tokens.size}"

  query = Snow::Query.new.where('active', '=', true).order_by('number').fields('number').limit(3)
  client.list('incident', query).each { |row| puts row['number'] }

  made = client.create('incident', short_description: 'Disk full on db01')
  puts "opened: #{made['short_description']}"

  begin
    client.get('incident', 'nobody')
  rescue Snow::Error => e
    puts "#{e.status_name}, HTTP #{e.http_status}: #{e.instance_message}"
  end

  client.token = tokens[0].merge('expires_at' => 1) # Its time is over.
  client.get('incident', made['sys_id'])
  puts "renewed, token #{tokens.size}"
end
