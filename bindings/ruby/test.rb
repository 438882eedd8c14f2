# frozen_string_literal: true

# What the example does not show: threads, forks, and errors that blocks raise.
require 'bigdecimal'
require 'date'
require 'socket'
require 'timeout'
require_relative 'snow'

def assert(truth, said = 'it is not so')
  raise said unless truth
end

def assert_raises(kind)
  yield
rescue kind => e
  e
else
  raise "nothing raised #{kind}"
end

def signed_in(&told)
  client = Snow::Client.oauth(ENV.fetch('SNOW_INSTANCE'), 'snow-client', 'snow-secret')
  client.on_token(&told)
  client.login('admin', 'admin')
  client
end

# One client for many threads, whose token ends: one of them renews it, and is told on that thread.
tokens = []
client = signed_in { |token| tokens << [token, Thread.current] }
assert tokens[0][1] == Thread.current
client.token = tokens[0][0].merge('expires_at' => 1)
five = Snow::Query.new.limit(5)
threads = Array.new(30) { Thread.new { client.list('incident', five).map { |row| row['number'] } } }
assert(threads.all? { |thread| thread.value.size == 5 && thread.value.all?(/\AINC/) })
assert tokens.size == 2, "#{tokens.size} tokens"
assert threads.include?(tokens[1][1])
assert client.token == tokens[1][0]

# Other threads go on while one waits for the instance.
counted = 0
counter = Thread.new { loop { counted += 1; Thread.pass } }
client.list('incident').to_a
counter.kill
assert counted.positive?

# A fork goes on with the client that it inherits.
children = Array.new(3) { fork { exit!(client.list('incident', five).count == 5 ? 0 : 1) } }
assert(children.all? { |child| Process.wait2(child)[1].success? })
assert client.list('incident', five).count == 5

# What a block raises, also where it is no StandardError.
mine = Class.new(Exception).new('the disk is full')
client.on_token { raise mine }
client.token = tokens[0][0].merge('expires_at' => 1)
assert assert_raises(mine.class) { client.get('incident', '0') }.equal?(mine)
client.on_token { client.get('incident', '0') }
client.token = tokens[0][0].merge('expires_at' => 1)
assert assert_raises(Snow::Error) { client.delete('incident', '0') }.http_method == 'GET'

# What would jump out of a block stops the call, no more.
client.on_token { throw :out }
client.token = tokens[0][0].merge('expires_at' => 1)
stopped = assert_raises(Snow::Error) { catch(:out) { client.get('incident', '0') } }
assert stopped.status_name == 'SNOW_CALLBACK_FAILED', stopped
# A thread that is killed in one ends after the call.
begun, go_on = Queue.new, Queue.new
client.on_token do
  begun << :told
  begun << go_on.pop
end
client.token = tokens[0][0].merge('expires_at' => 1)
killed = Thread.new { client.list('incident', five).count; begun << :lives }
begun.pop
killed.kill
go_on << :returned
killed.join
assert begun.size == 1 && begun.pop == :returned
assert client.list('incident', five).count == 5

made = client.create('incident', short_description: 'naïve 😀')
assert made['short_description'] == 'naïve 😀'
# A text of another encoding, whose bytes would be another text in UTF-8: "é".
client.update('incident', made['sys_id'], short_description: 'Ã©'.encode('ISO-8859-1'))
written = Snow::Query.new("sys_id=#{made['sys_id']}").where('short_description', '=', 'Ã©'.encode('ISO-8859-1'))
assert client.list('incident', written).count == 1
assert client.update('incident', made['sys_id'], state: 2)['state'] == '2'
display = Snow::Query.new('active=true').fields('state').display_value
assert client.get('incident', made['sys_id'], display) == { 'state' => 'In Progress' }
client.delete('incident', made['sys_id'])
gone = assert_raises(Snow::Error) { client.get('incident', made['sys_id']) }
assert [gone.status, gone.http_status, gone.http_method, gone.path, gone.retryable?, gone.maybe_applied?, gone.retry_after_ms] ==
       [313, 404, 'GET', "/api/now/table/incident/#{made['sys_id']}", false, false, -1]
assert_raises(ArgumentError) { Snow::Query.new.where('active', '~', 1) }
assert assert_raises(Snow::Error) { client.list('incident', Snow::Query.new.where('a^b', '=', 1)).first }.message.include?('field')
assert client.list('incident').first(2).size == 2
count = Fiddle::Pointer.malloc(8, Fiddle::RUBY_FREE)
client.call(:snow_table_count, 'incident', nil, count)
assert count[0, 8].unpack1('Q') >= 75

# What C would take for something else is refused before it gets there.
made = client.create('incident', short_description: 'stays')
cut = assert_raises(ArgumentError) { client.delete('incident', "#{made['sys_id']}\0' OR 1") }
assert cut.message.include?('sys_id of snow_table_delete() has a NUL'), cut.message
assert_raises(ArgumentError) { client.list('incident', Snow::Query.new("active=true\0")).first }
assert_raises(ArgumentError) { client.list('incident', Snow::Query.new.where('number', '=', "INC\0")).first }
cut = assert_raises(ArgumentError) { Snow::Client.basic('dev12345', 'admin', "secret\0") }
assert cut.message.start_with?('password of') && !cut.message.include?('secret'), cut.message
[-1, 2.7, '3', nil, 2**64].each do |limit|
  refused = assert_raises(RangeError) { client.list('incident', Snow::Query.new.limit(limit)).first }
  assert refused.message.start_with?('rows of snow_query_limit() is'), refused.message
end
assert client.list('incident', Snow::Query.new.limit(2**64 - 1)).first['sys_id'] && client.delete('incident', made['sys_id'])

# A copy of a query goes its own way, and a client has none: each would free what both hold.
whole = Snow::Query.new
whole.dup.limit(1)
assert client.list('incident', whole).first(2).size == 2
assert_raises(TypeError) { client.dup }
assert_raises(TypeError) { client.clone }

# Times and numbers as an instance writes them.
at = Time.new(2026, 1, 2, 5, 4, 5, '+02:00')
made = client.create('incident', opened_at: at, short_description: BigDecimal('1e3'))
assert made['opened_at'] == '2026-01-02 03:04:05' && made['short_description'] == '1000.0', made
assert client.update('incident', made['sys_id'], opened_at: at.to_datetime)['opened_at'] == '2026-01-02 03:04:05'
key = Snow::Query.new("sys_id=#{made['sys_id']}")
assert client.list('incident', key.where('opened_at', '=', at).where('opened_at', '>', Date.new(2026, 1, 2))).count == 1
client.update('incident', made['sys_id'], short_description: '100000000000000000')
assert client.list('incident', Snow::Query.new.where('short_description', '=', 1e17)).count == 1
[['a'], { a: 1 }, 1e-7, Float::NAN, Float::INFINITY, Object.new].each do |value|
  assert assert_raises(ArgumentError) { key.where('number', '=', value) }.message.start_with?('value is'), value
end
client.delete('incident', made['sys_id'])

# What is no text is refused by the name of its argument, and without it: C would take a number for an address.
[4711, 4711.5, :admin, Object.new].each do |other|
  said = assert_raises(TypeError) { Snow::Client.basic('dev12345', 'admin', other) }.message
  assert said == "password of snow_client_new_basic() is a #{other.class}: accepted are texts", said
end
assert assert_raises(TypeError) { client.get('incident', 4711) }.message.start_with?('sys_id of snow_table_get()')

# Enumerators that are left in the middle keep nothing: each had a few hundred kilobytes.
def memory = File.read('/proc/self/status')[/VmRSS:\s+(\d+)/, 1].to_i
leave = lambda do |_|
  10.times { client.list('incident').next }
  GC.start
end
2.times(&leave)
before = memory
4.times(&leave)
assert memory < before + 4_000, "#{memory - before} kB"

# Nor does what came when the call that made it was too late.
silent = TCPServer.new('127.0.0.1', 0)
body = %({"result":{"sys_id":"0","description":"#{'x' * 500_000}"}})
slow = Snow::Client.basic("http://127.0.0.1:#{silent.addr[1]}", 'a', 'b')
overtaken = lambda do |_|
  10.times do
    reader = Thread.new { Thread.current.report_on_exception = false; slow.get('incident', '0') }
    connection = silent.accept
    nil until connection.gets == "\r\n"
    reader.raise(Timeout::Error, 'too late')
    connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n" \
                     "Content-Length: #{body.bytesize}\r\n\r\n#{body}")
    connection.close
    assert_raises(Timeout::Error) { reader.value }
  end
  GC.start
end
2.times(&overtaken)
before = memory
4.times(&overtaken)
assert memory < before + 8_000, "#{memory - before} kB"
slow.close

late = Thread.new { Thread.current.report_on_exception = false; client.list('incident').count }
client.close
client.close
begin
  late.join
rescue IOError
  nil
end
assert_raises(IOError) { client.get('incident', '0') }
