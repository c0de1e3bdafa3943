import Model

/// Appends metrics in Prometheus' text exposition format 0.0.4 to a buffer.
///
/// No sample has a timestamp: node_exporter refuses files that have.
struct PrometheusWriter {
    /// A label of a sample.
    typealias Label = (name: String, value: String)

    /// What a metric's values do.
    enum Kind: String {
        /// They go up and down.
        case gauge
        /// They go up until the program ends.
        case counter
    }

    /// What was written so far.
    private(set) var bytes: [UInt8] = []
    /// The metric whose samples are written.
    private var name = ""

    /// Starts a metric, all samples of which must follow before the next.
    mutating func metric(_ name: String, _ kind: Kind = .gauge, help: String) {
        self.name = name
        append("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    mutating func sample(_ labels: [Label], _ value: Int) {
        sample(labels) { $0.append(contentsOf: String(value).utf8) }
    }

    /// A length of time in seconds; what is not known is not a number.
    mutating func sample(_ labels: [Label], seconds value: TimeSpan?) {
        sample(labels) { bytes in
            if let value {
                value.appendSeconds(to: &bytes)
            } else {
                bytes.append(contentsOf: "NaN".utf8)
            }
        }
    }

    private mutating func sample(_ labels: [Label], _ value: (inout [UInt8]) -> Void) {
        append(name)
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\($0.value.labelSafe)\"" }
            append("{\(pairs.joined(separator: ","))}")
        }
        append(" ")
        value(&bytes)
        append("\n")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}

extension String {
    /// The text as a label's value holds it; what would steer a terminal that shows the file is
    /// written as `\u{1b}`, for which the format has no escape of its own.
    fileprivate var labelSafe: String {
        var safe = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": safe += "\\\""
            case "\\": safe += "\\\\"
            case "\n": safe += "\\n"
            case _ where scalar.steersTerminal: safe += "\\\\u{\(String(scalar.value, radix: 16))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}

extension TimeSpan {
    /// Appends the span as a number of seconds with three decimals, made of whole numbers: a
    /// `Double` would print 73.214 as what it is nearest to.
    func appendSeconds(to bytes: inout [UInt8]) {
        if self < .zero { bytes.append(UInt8(ascii: "-")) }
        let (seconds, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
        bytes.append(contentsOf: String(seconds).utf8)
        bytes.append(UInt8(ascii: "."))
        for weight: UInt64 in [100, 10, 1] {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / weight % 10))
        }
    }
}
