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

    /// The most columns that a terminal gives the character.
    ///
    /// East Asian and pictorial characters take two, and start at these code points; that some
    /// beyond take one or none makes a line shorter than reckoned, never longer.
    fileprivate var columns: Int {
        (0x1100...0x115F).contains(value) || value >= 0x2300 ? 2 : 1
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

    /// Every byte of every cell is looked at: a span is a tenth of the cost of the view's iterator.
    private func everyByte(_ isFine: (UInt8) -> Bool) -> Bool {
        let bytes = utf8.span
        for index in bytes.indices where !isFine(bytes[index]) { return false }
        return true
    }

    /// The most columns that a terminal gives the text, which must be ``terminalSafe``.
    var columns: Int {
        everyByte { $0 < 0x80 }
            ? utf8.count : unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// The text padded with spaces to a number of columns.
    func padded(to width: Int, rightAligned: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - columns))
        return rightAligned ? spaces + self : self + spaces
    }

    /// The text cut in its middle to at most so many columns: a Pod's name tells at its start what
    /// it is and at its end which one.
    func elided(to width: Int) -> String {
        if columns <= width { return self }
        let dots = String(repeating: ".", count: max(0, min(3, width)))
        let room = max(0, width - dots.utf8.count)
        let head = unicodeScalars.prefix(columns: room / 2)
        let tail = unicodeScalars.reversed().prefix(columns: room - room / 2).reversed()
        return String(String.UnicodeScalarView(head)) + dots
            + String(String.UnicodeScalarView(tail))
    }

    /// The text in lines of at most so many columns.
    ///
    /// Broken at spaces, and within a word where the word alone is longer.
    package func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for part in unicodeScalars.split(separator: " ") {
            var word = String(part)
            if used > 0, used + 1 + word.columns > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            if used > 0 { line += " " }
            while word.columns > width {
                let head = word.unicodeScalars.prefix(columns: width)
                lines.append(String(String.UnicodeScalarView(head)))
                word.unicodeScalars.removeFirst(head.count)
            }
            line += word
            used = line.columns
        }
        return used == 0 ? lines : lines + [line]
    }
}

extension Sequence<Unicode.Scalar> {
    /// The first characters that surely fit into so many columns.
    fileprivate func prefix(columns room: Int) -> [Unicode.Scalar] {
        var left = room
        return prefix { scalar in
            left -= scalar.columns
            return left >= 0
        }
    }
}
