extension String {
    /// The text as one word of a POSIX shell, to be copied from a terminal that it cannot steer.
    ///
    /// What could steer it is written as `$'\\x1b'`, which bash, zsh and POSIX.1-2024 know.
    package var shellWord: String {
        if !isEmpty, everyByte(\.isPlainInShell) { return self }
        guard unicodeScalars.contains(where: \.steersTerminal) else {
            let parts = unicodeScalars.split(separator: "'", omittingEmptySubsequences: false)
            return "'" + parts.map { String($0) }.joined(separator: #"'\''"#) + "'"
        }
        var word = "$'"
        for scalar in unicodeScalars {
            if scalar.steersTerminal {
                for byte in String(scalar).utf8 {
                    word += "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
                }
            } else {
                if scalar == "\\" || scalar == "'" { word += "\\" }
                word.unicodeScalars.append(scalar)
            }
        }
        return word + "'"
    }
}

extension UInt8 {
    /// Whether no shell gives the character a meaning, wherever in a word it stands.
    fileprivate var isPlainInShell: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "%+,-./:@_".utf8.contains(self)
        }
    }
}
