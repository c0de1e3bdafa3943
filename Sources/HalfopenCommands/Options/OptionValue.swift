import Discovery
import Judging
import Model
import Reporting

/// A kind of option value: what usage calls it, what a shell offers for it, and how its text is
/// understood.
struct OptionValue<Value>: Sendable {
    /// What usage calls it, such as `DURATION`.
    var placeholder: String
    /// What a shell offers for it.
    var completion = ValueCompletion.nothing
    /// Understands a text.
    let parse: @Sendable (String) throws(RejectedValue) -> Value
}

/// Why a text is no value of an option.
struct RejectedValue: Error {
    /// What is accepted, as it stands after "is not": "a duration such as 90s".
    let accepted: String
    /// What to do instead, where that can be guessed from the text.
    var hint: String?
}

/// What a shell offers for a value.
enum ValueCompletion: Equatable {
    case nothing
    case files
    /// One of these words.
    case choice([String])
    /// Some of these words, with commas between.
    case list([String])
    /// The network namespaces that `ip netns` named, and files.
    case namespaces
    /// The processes of Envoy.
    case proxies
}

extension OptionValue {
    /// A value that is accepted where its text can be read.
    init(
        _ placeholder: String,
        _ completion: ValueCompletion = .nothing,
        accepts accepted: String,
        _ read: @escaping @Sendable (String) -> Value?
    ) {
        self.init(placeholder: placeholder, completion: completion) {
            text throws(RejectedValue) in
            guard let value = read(text) else { throw RejectedValue(accepted: accepted) }
            return value
        }
    }

    /// The same kind of value, narrowed by a rule.
    func that(
        _ accepted: String,
        _ holds: @escaping @Sendable (Value) -> Bool
    ) -> Self {
        Self(placeholder: placeholder, completion: completion) {
            [parse] text throws(RejectedValue) in
            let value = try parse(text)
            guard holds(value) else { throw RejectedValue(accepted: accepted) }
            return value
        }
    }

    /// One word of an enumeration.
    static func choice(_ placeholder: String) -> Self
    where Value: RawRepresentable<String> & CaseIterable & Sendable {
        let words = Value.allCases.map(\.rawValue)
        return Self(
            placeholder,
            .choice(words),
            accepts: "one of: \(words.joined(separator: ", "))"
        ) { Value(rawValue: $0) }
    }

    /// Some of these words, with commas between.
    static func list<Word: RawRepresentable<String> & Hashable & Sendable>(
        _ placeholder: String,
        of words: [Word]
    ) -> Self where Value == Set<Word> {
        let names = words.map(\.rawValue)
        return Self(
            "\(placeholder),...",
            .list(names),
            accepts: "a list made of: \(names.joined(separator: ", "))"
        ) { text in
            var values: Set<Word> = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard names.contains(String(part)), let word = Word(rawValue: String(part)) else {
                    return nil
                }
                values.insert(word)
            }
            return values
        }
    }
}

extension OptionValue<String> {
    /// The name of something: a file, if nothing else is said.
    static func name(
        _ placeholder: String = "FILE",
        _ completion: ValueCompletion = .files,
        accepts accepted: String
    ) -> Self {
        Self(placeholder, completion, accepts: accepted) { $0.isEmpty ? nil : $0 }
    }

    static var file: Self { name(accepts: "a file") }
    static var input: Self { name(accepts: "a file, or - for standard input") }
    static var output: Self { name(accepts: "a file, or - for standard output") }
    static var namespace: Self { name("NAME|PATH", .namespaces, accepts: "a name or a path") }
}

extension OptionValue<Int32> {
    static var process: Self {
        Self("PID", .proxies, accepts: "the number of a process, 1 or more") {
            Int32($0).flatMap { $0 > 0 ? $0 : nil }
        }
    }
}

extension OptionValue<UInt16> {
    static var port: Self {
        Self("N", accepts: "a TCP port, 1 to 65535") { UInt16($0).flatMap { $0 > 0 ? $0 : nil } }
    }
}

extension OptionValue<Int> {
    static var runs: Self { count(of: "runs") }
    static var connections: Self { count(of: "connections") }

    /// A number of things, 1 or more.
    private static func count(of things: String) -> Self {
        Self("N", accepts: "a number of \(things), 1 or more") {
            Int($0).flatMap { $0 > 0 ? $0 : nil }
        }
    }
}

extension OptionValue<Double> {
    /// A part of 1, in decimal digits alone.
    static var fraction: Self {
        Self("F", accepts: "a fraction of the peers, 0 to 1, such as 0.5") { text in
            let isPlain = text.utf8.allSatisfy {
                $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0)
            }
            guard isPlain, let fraction = Double(text), fraction <= 1 else { return nil }
            return fraction
        }
    }
}

extension OptionValue<IPPrefix> {
    static var prefix: Self {
        Self("CIDR", accepts: "a block of addresses such as 10.244.0.0/16 or fd00::/48") {
            IPPrefix($0)
        }
    }
}

extension OptionValue<Endpoint> {
    /// Where to listen: a port on every loopback address unless an address says otherwise.
    static var listenAddress: Self {
        Self("ADDR", accepts: "an address such as 127.0.0.1:9471, [::]:9471 or :9471 (loopback)") {
            text in
            guard let colon = text.lastIndex(of: ":") else { return nil }
            let (name, digits) = (text[..<colon], text[text.index(after: colon)...])
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
            else { return nil }
            let address: IPAddress? =
                if name.isEmpty || name == "localhost" {
                    IPAddress("127.0.0.1")
                } else if name.hasPrefix("["), name.hasSuffix("]") {
                    IPAddress(String(name.dropFirst().dropLast()))
                } else {
                    // Without brackets it is not clear where an IPv6 address ends.
                    name.contains(":") ? nil : IPAddress(String(name))
                }
            return address.map { Endpoint(address: $0, port: port) }
        }
    }
}

extension OptionValue<TimeSpan> {
    static var duration: Self {
        Self("DURATION", accepts: "a duration such as 90s, 5m or 1h30m") {
            TimeSpan(durationText: $0)
        }
    }

    static var skew: Self {
        duration.that("1s or more: API times are cut to whole seconds") {
            $0 >= Policy.smallestSkew
        }
    }

    /// The silence of a connection, or 0.
    static var silence: Self {
        duration.that("0, or 25s or more: a living connection may be silent for 24s") {
            $0 == .zero || $0 >= Policy.smallestSilence
        }
    }

    static var interval: Self { duration.that("a duration above 0") { $0 > .zero } }
}

extension OptionValue<WallTime> {
    static var time: Self {
        Self(
            "TIME",
            accepts: "a time such as 2026-11-21T10:04:11Z or @1795255451 (seconds since 1970)"
        ) { text in
            let epoch = text.hasPrefix("@") ? UInt32(text.dropFirst()) : nil
            let time =
                epoch.map { WallTime(epochSeconds: Int64($0)) } ?? WallTime(rfc3339: text.utf8)
            return time.flatMap { APITime($0) == nil ? nil : $0 }
        }
    }
}

extension OptionValue<AlertRange> {
    static var range: Self {
        Self("RANGE", accepts: "a range such as 5 (0 to 5), 1:5, 1:, ~:5 or @1:5 (all but these)") {
            AlertRange($0)
        }
    }
}

extension OptionValue<Set<ProxyRole>> {
    static var roles: Self { list("ROLE", of: ProxyRole.allCases) }
}

extension OptionValue<Set<Verdict>> {
    static var verdicts: Self { list("VERDICT", of: Verdict.allCases.filter(\.isCandidate)) }
}

extension OptionValue<ScanRequest.ColorChoice> {
    static var color: Self { choice("WHEN") }
}

extension OptionValue<OutputFormat> {
    /// A format; many tools take a file's name there.
    static var format: Self {
        let word = choice("FORMAT")
        return Self(placeholder: word.placeholder, completion: word.completion) {
            text throws(RejectedValue) in
            do throws(RejectedValue) {
                return try word.parse(text)
            } catch {
                let isFile = text.contains("/") || text.contains(".")
                throw RejectedValue(
                    accepted: error.accepted,
                    hint: isFile ? "to write a file, redirect the output" : nil
                )
            }
        }
    }
}
