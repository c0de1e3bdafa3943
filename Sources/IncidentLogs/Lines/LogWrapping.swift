/// Takes off what programs that collect logs put around each line.
///
/// Known are the prefixes of `kubectl logs --prefix` and `--timestamps`, stern, docker compose,
/// journalctl and the files of a container runtime (CRI), in any order, and colors. A line is
/// recognised by what begins after the prefix; what has no prefix is handed on as it is.
struct LogWrapping {
    /// The beginning of a line that a container runtime has split.
    private var partial: [UInt8] = []
    /// Whether that line is longer than ``LineSplitter/longest``, and so is dropped.
    private var isOverlong = false
    /// How many such lines were dropped.
    private(set) var overlong = 0
    /// Whether the rest of a line that a container runtime has split is missing.
    var isWithinLine: Bool { isOverlong || !partial.isEmpty }
    private var plain: [UInt8] = []

    /// Calls `body` with the line inside a line, if that is complete.
    mutating func unwrap(_ line: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var line = line
        if line.count > 0, line[line.count - 1] == UInt8(ascii: "\r") {
            line = line.extracting(first: line.count - 1)
        }
        if Self.isPayload(line, at: 0) { return body(line) }
        guard line.firstIndex(of: 0x1B) != nil else { return strip(line, body) }
        plain.removeAll(keepingCapacity: true)
        line.appendWithoutColors(to: &plain)
        let copy = plain
        if Self.isPayload(copy.span, at: 0) { return body(copy.span) }
        strip(copy.span, body)
    }

    private mutating func strip(_ line: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        var start = 0
        var isPartial: Bool?
        // Three collectors in a row are more than anybody has.
        for _ in 0..<6 where start < line.count && (start == 0 || !Self.isPayload(line, at: start))
        {
            let rest = line.extracting(droppingFirst: start)
            if let length = rest.timePrefix {
                start += length
                let stream = line.extracting(droppingFirst: start)
                if let tag = stream.runtimeTag {
                    start += 9
                    isPartial = tag == UInt8(ascii: "P")
                }
            } else if let length = rest.namePrefix {
                start += length
            } else {
                break
            }
        }
        let content = line.extracting(droppingFirst: start)
        guard let isPartial else { return body(content) }
        if !isPartial, !isWithinLine { return body(content) }
        if partial.count + content.count > LineSplitter.longest {
            isOverlong = true
            partial.removeAll(keepingCapacity: true)
        }
        if !isOverlong { partial.append(content) }
        if !isPartial { endPartial(body) }
    }

    /// Hands over the line whose last part has come, unless it is too long.
    private mutating func endPartial(_ body: (Span<UInt8>) -> Void) {
        if isOverlong {
            overlong += 1
            return isOverlong = false
        }
        let whole = partial
        partial.removeAll(keepingCapacity: true)
        body(whole.span)
    }

    /// Whether a line of a kind that is read begins at an index.
    static func isPayload(_ line: Span<UInt8>, at index: Int) -> Bool {
        guard line.count > index + 11 else { return false }
        switch line[index] {
        case UInt8(ascii: "{"): return line[index + 1] == UInt8(ascii: "\"")
        // The date of an access log, or of Envoy's own log.
        case UInt8(ascii: "["):
            return line.isDigit(index + 1) && line.isDigit(index + 4)
                && line[index + 5] == UInt8(ascii: "-")
        // Istio's form of Envoy's own log.
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            return line.count > index + 28 && line[index + 27] == UInt8(ascii: "\t")
        // A line of the headers in a message of Envoy's own log.
        case UInt8(ascii: "'"): return true
        default: return false
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes begin like a JSON object that is not empty.
    var beginsJSONObject: Bool {
        guard count > 1, self[0] == UInt8(ascii: "{") else { return false }
        var index = 1
        while index < count, self[index] == UInt8(ascii: " ") { index += 1 }
        return index < count && self[index] == UInt8(ascii: "\"")
    }

    func isDigit(_ index: Int) -> Bool { index < count && self[index] &- 0x30 < 10 }

    /// The length of a time stamp and the space after it.
    fileprivate var timePrefix: Int? {
        // The shortest is 2026-11-21T10:04:11Z.
        guard count > 20, isDigit(0), isDigit(3), self[4] == UInt8(ascii: "-"), isDigit(5) else {
            return nil
        }
        guard self[10] == UInt8(ascii: "T") || self[10] == UInt8(ascii: " ") else { return nil }
        for index in 19..<Swift.min(count, 40) where self[index] == UInt8(ascii: " ") {
            return index + 1
        }
        return nil
    }

    /// `F` or `P` of a container runtime's `stdout F `.
    fileprivate var runtimeTag: UInt8? {
        guard count > 9, self[8] == UInt8(ascii: " ") else { return nil }
        guard hasPrefix("stdout ") || hasPrefix("stderr ") else { return nil }
        return self[7] == UInt8(ascii: "F") || self[7] == UInt8(ascii: "P") ? self[7] : nil
    }

    /// The length of a source's name in front of a line, with what stands after it.
    fileprivate var namePrefix: Int? { bracketPrefix ?? pipePrefix ?? journalPrefix ?? sternPrefix }

    /// kubectl: `[pod/NAME/CONTAINER] `.
    private var bracketPrefix: Int? {
        guard hasPrefix("[pod/"), let end = firstIndex(of: UInt8(ascii: "]")), end < 600 else {
            return nil
        }
        return end + 1 < count && self[end + 1] == UInt8(ascii: " ") ? end + 2 : nil
    }

    /// docker compose: `NAME  | `.
    private var pipePrefix: Int? {
        var index = wordEnd(from: 0)
        if index == 0 { return nil }
        while index < count, self[index] == UInt8(ascii: " ") { index += 1 }
        guard index + 1 < count, self[index] == UInt8(ascii: "|") else { return nil }
        return self[index + 1] == UInt8(ascii: " ") ? index + 2 : nil
    }

    /// journalctl: `Nov 21 10:04:11 HOST UNIT[PID]: `, or what follows a time stamp of another form.
    private var journalPrefix: Int? {
        var start = 0
        if count > 16, self[3] == UInt8(ascii: " "), self[6] == UInt8(ascii: " "), isDigit(7),
            self[9] == UInt8(ascii: ":"), self[12] == UInt8(ascii: ":"),
            self[15] == UInt8(ascii: " ")
        {
            start = 16
        }
        let host = wordEnd(from: start)
        guard host > start, host + 1 < count, self[host] == UInt8(ascii: " ") else { return nil }
        let unit = wordEnd(from: host + 1)
        guard unit > host + 1, unit < count, self[unit] == UInt8(ascii: "[") else { return nil }
        var end = unit + 1
        while isDigit(end) { end += 1 }
        guard end + 2 < count, self[end] == UInt8(ascii: "]"), self[end + 1] == UInt8(ascii: ":")
        else { return nil }
        return end + 3
    }

    /// stern: `POD CONTAINER `, with the namespace first where there are several, and perhaps `›`.
    private var sternPrefix: Int? {
        var index = 0
        var dashes = false
        for words in 1...3 {
            let end = wordEnd(from: index)
            guard end > index, end + 1 < count, self[end] == UInt8(ascii: " ") else { return nil }
            for place in index..<end where self[place] == UInt8(ascii: "-") { dashes = true }
            index = end + 1
            if index + 3 < count, self[index] == 0xE2, self[index + 1] == 0x80 { index += 4 }
            let isTime = extracting(droppingFirst: index).timePrefix != nil
            if words > 1, dashes, isTime || LogWrapping.isPayload(self, at: index) { return index }
        }
        return nil
    }

    /// Where a name of letters, digits and `-_./@:` that begins at an index ends.
    private func wordEnd(from start: Int) -> Int {
        var index = start
        while index < count, index - start < 300, self[index].isNameByte { index += 1 }
        return index
    }

    /// Appends the bytes without ANSI escape sequences (ECMA-48, CSI).
    fileprivate func appendWithoutColors(to bytes: inout [UInt8]) {
        var index = 0
        while index < count {
            guard self[index] == 0x1B else {
                bytes.append(self[index])
                index += 1
                continue
            }
            index += 1
            guard index < count, self[index] == UInt8(ascii: "[") else { continue }
            index += 1
            while index < count, !(0x40...0x7E).contains(self[index]) { index += 1 }
            index += 1
        }
    }
}

extension UInt8 {
    fileprivate var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "@"):
            true
        default: false
        }
    }
}
