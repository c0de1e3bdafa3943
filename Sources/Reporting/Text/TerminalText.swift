extension Unicode.Scalar {
    /// Whether a terminal may act on the character instead of showing it, or show nothing at all:
    /// controls, bidirectional overrides and other format characters, separators of lines.
    var steersTerminal: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
            .unassigned:
            true
        default: false
        }
    }
}

extension String {
    /// The text with all that could steer a terminal written as `\u{1b}`, and a backslash as `\\`.
    ///
    /// Names and paths come from outside; none of them may move the cursor, hide a line or turn
    /// the reading direction.
    package var terminalSafe: String {
        if everyByte({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) { return self }
        var safe = ""
        for scalar in unicodeScalars {
            if scalar == "\\" {
                safe += "\\\\"
            } else if scalar.steersTerminal {
                safe += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
    /// Whether another text occurs in this one, byte for byte; an empty one always does.
    ///
    /// `contains(_:)` with a text links a library of regular expressions, 1.4 MB of the program.
    func includes(_ other: String) -> Bool {
        var rest = utf8[...]
        while rest.count >= other.utf8.count {
            if rest.starts(with: other.utf8) { return true }
            if rest.popFirst() == nil { break }
        }
        return false
    }
}
