# frozen_string_literal: true

require 'fiddle/import'
require 'json'

module Snow
  # The functions and constants of snow.h, by their names, as snow.cdef.h declares them.
  module Library
    extend Fiddle::Importer

    declarations = File.read(File.join(__dir__, 'snow.cdef.h'))
    declarations.scan(/^ +(SNOW_\w+) = (\d+),/) { |name, value| const_set(name, value.to_i) }

    # The type and the name of each parameter of a function, by the function's name.
    PARAMETERS = declarations.scan(/^[\w *]+\b(snow_\w+)\(([^;]*)\);/).to_h do |name, list|
      [name.to_sym, list.split(',').map { |parameter| parameter.strip.match(/\A(.*?)\s*(\w+)\z/m).captures }]
    end

    # The noun of what a function makes, by the function's name. What is const is lent.
    MAKES = declarations.scan(/^snow_(\w+) \*(snow_\w+)\(/).to_h { |noun, name| [name.to_sym, noun] }

    # The whole numbers that a type has.
    RANGES = {
      'int32_t' => -2**31...2**31, 'int64_t' => -2**63...2**63,
      'uint32_t' => 0...2**32, 'uint64_t' => 0...2**64, 'size_t' => 0...2**64
    }.freeze

    path = ENV.fetch('SNOW_LIBRARY', '')
    path = 'libsnow.so.0' if path.empty?
    begin
      dlload path
    rescue Fiddle::DLError => e
      raise LoadError, "libsnow was not found as #{path}: install it where the loader of the system looks " \
                       "(ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path (#{e.message})"
    end
    extern 'uint32_t snow_abi_version(void)'
    if snow_abi_version != SNOW_ABI_VERSION
      raise LoadError, "#{path} has the binary interface #{snow_abi_version}, and snow.cdef.h is for " \
                       "#{SNOW_ABI_VERSION}: take both from the same version of libsnow"
    end
    declarations.scan(/^typedef int32_t (\w+);/) { |name,| typealias name, 'int32_t' }
    declarations.scan(/^typedef \w+ \(\*(\w+)\)/) { |name,| typealias name, 'void *' }
    begin
      declarations.scan(/^[\w *]+\bsnow_\w+\([^;]*\)(?=;)/) { |declaration| extern declaration }
    rescue Fiddle::DLError => e
      raise LoadError, "#{path} is no libsnow, or an older one than snow.cdef.h is for: take both from the same " \
                       "version of libsnow (#{e.message})"
    end
  end

  class << self
    # Calls a function whose last parameter is an error, which is raised; or what a callback raised meanwhile.
    def call(name, *arguments)
      arguments.map! { |each| each.is_a?(String) ? utf8(each) : each }
      check(name, arguments)
      before = Thread.current[:snow_raised]
      Thread.current[:snow_raised] = nil
      # Timeout and Thread#kill wait until what was made is the collector's: it would be lost with them.
      made = Thread.handle_interrupt(Object => :never) { run(name, arguments) }
      raise made if made.is_a?(Exception)

      made
    ensure
      Thread.current[:snow_raised] = before
    end

    # What a function makes, which the collector frees, or else why it failed.
    def run(name, arguments)
      error = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
      result = Library.public_send(name, *arguments, error)
      raised = Thread.current[:snow_raised]
      unless error.ptr.null?
        reason = Error.new(error.ptr)
        return raised && reason.status == Library::SNOW_CALLBACK_FAILED ? raised : reason
      end
      noun = Library::MAKES[name]
      result.free = Library["snow_#{noun}_free"] if noun
      result
    end

    # What a callback tells libsnow when its block has ended, in whatever way: nothing may jump over the frames of the
    # library. What the block raised comes out of the call.
    def inside
      told = false
      # It may be interrupted, but for Thread#kill, which nothing would hold.
      Thread.handle_interrupt(Exception => :immediate) { yield }
      told = true
    rescue Exception => e
      Thread.current[:snow_raised] = e
    ensure
      return told ? Library::SNOW_HANDLED : 0
    end

    # Refuses what would arrive as something else: C ends a text at a NUL, takes a number for the address of one, and -1
    # for its largest number.
    def check(name, arguments)
      Library::PARAMETERS.fetch(name).zip(arguments) do |(type, parameter), given|
        check_text(name, parameter, given) if type == 'const char *'

        range = Library::RANGES[type]
        next if range.nil? || given.is_a?(Integer) && range.cover?(given)

        raise RangeError, "#{parameter} of #{name}() is #{given.inspect}: accepted are whole numbers from " \
                          "#{range.begin} to #{range.end - 1}"
      end
    end

    # What is given is not shown: it may be a password.
    def check_text(name, parameter, given)
      unless [String, NilClass, Fiddle::Pointer].any? { |type| given.is_a?(type) }
        raise TypeError, "#{parameter} of #{name}() is a #{given.class}: accepted are texts"
      end
      return unless given.is_a?(String) && given.b.include?("\0")

      raise ArgumentError, "#{parameter} of #{name}() has a NUL character, where C would end it"
    end

    # A text in UTF-8. What has no encoding, or that of LANG=C, is taken for it.
    def utf8(text)
      [Encoding::BINARY, Encoding::US_ASCII].include?(text.encoding) ? text : text.encode(Encoding::UTF_8)
    end

    # Yields a handle and frees it.
    def with(handle)
      yield handle
    ensure
      handle.call_free
    end

    # A time as an instance writes it, in UTC, and a decimal number without an exponent; else the value itself.
    def written(value)
      value = value.to_time if defined?(DateTime) && value.is_a?(DateTime)
      return value.getutc.strftime('%Y-%m-%d %H:%M:%S') if value.respond_to?(:getutc)

      defined?(BigDecimal) && value.is_a?(BigDecimal) ? value.to_s('F') : value
    end

    # The text of a value in a condition.
    def condition(value)
      value = written(value)
      value = value.to_i if value.is_a?(Float) && value.abs >= 1e16 && value.finite?
      case value
      when nil then return nil
      when String, Symbol, Integer, true, false then return value.to_s
      when Float then return value.to_s unless value.to_s.match?(/[a-zA-Z]/)
      end
      return value.to_s if defined?(Date) && value.is_a?(Date)

      raise ArgumentError, "value is #{value.inspect}: accepted are texts, symbols, numbers that need no exponent, " \
                           'true, false, times, dates and nil'
    end

    def text(pointer)
      pointer.null? ? nil : pointer.to_s.force_encoding(Encoding::UTF_8)
    end

    # The fields of a record.
    def fields(record) = JSON.parse(text(Library.snow_record_json(record, nil)))

    def token(handle) = JSON.parse(text(Library.snow_token_json(handle, nil)))
  end
end
