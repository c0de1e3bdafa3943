extension Unicode.Scalar {
    /// The columns that a terminal gives the character: two to what is wide in East Asia and to what
    /// is shown as a picture, none to what is drawn over the character before it.
    ///
    /// As wcwidth(3) has it, whose answer depends on the locale.
    var columns: Int {
        if value < 0x300 { return 1 }
        switch value {
        // Regional indicators: pictures only in pairs.
        case 0x1F1E6...0x1F1FF: return 1
        // The later parts of a Hangul syllable.
        case 0x1160...0x11FF, 0xD7B0...0xD7FB: return 0
        default: break
        }
        return switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: 0
        default: isWide || properties.isEmojiPresentation ? 2 : 1
        }
    }

    /// Whether it is in a block of wide characters (Unicode Standard Annex #11).
    private var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4DC0...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
            0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FF, 0x1F200...0x1F265,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }
}

extension String {
    /// Whether every byte of its UTF-8 is fine.
    ///
    /// Every byte of every cell is looked at: a span is a tenth of the cost of the view's iterator.
    func everyByte(_ isFine: (UInt8) -> Bool) -> Bool {
        let bytes = utf8.span
        for index in bytes.indices where !isFine(bytes[index]) { return false }
        return true
    }

    /// The columns that a terminal gives the text, which must be ``terminalSafe``.
    var columns: Int {
        everyByte { $0 < 0x80 }
            ? utf8.count : unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// The text padded with spaces to a number of columns.
    func padded(to width: Int, rightAligned: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - columns))
        return rightAligned ? spaces + self : self + spaces
    }

    /// The text in lines of at most so many columns, broken at spaces alone.
    ///
    /// A word that is longer stands alone in its line, whole: a name that is cut cannot be copied.
    package func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for part in unicodeScalars.split(separator: " ") {
            let word = String(part)
            let columns = word.columns
            if used > 0, used + 1 + columns > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            if used > 0 {
                line += " "
                used += 1
            }
            line += word
            used += columns
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// The text as it is where it has room, else in lines of which all but the first are indented.
    func wrapped(to width: Int, indent: Int) -> [String] {
        if columns <= width { return [self] }
        let lines = wrapped(to: width - indent)
        let spaces = String(repeating: " ", count: indent)
        return lines.prefix(1) + lines.dropFirst().map { spaces + $0 }
    }
}
