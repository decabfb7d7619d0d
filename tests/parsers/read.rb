# Psych reads documents: each line in is one in base64, each line out is what it says (tests/other_parsers.py).
require "json"
require "psych"

def told(data)
  case data
  when String then data
  when Array then ["list", *data.map { |item| told(item) }]
  when Hash then ["map", *data.map { |key, value| [told(key), told(value)] }]
  else ["other", data.class.name, data.inspect]
  end
end

$stdout.sync = true
$stdin.each_line do |line|
  document = line.unpack1("m").force_encoding("UTF-8")
  answer =
    begin
      { data: told(Psych.safe_load(document)) }
    rescue Psych::Exception => error
      { refused: "#{error.class}: #{error.message}" }
    end
  puts JSON.generate(answer)
end
