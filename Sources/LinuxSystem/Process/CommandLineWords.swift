import CLinux

/// The words of the command line with the program's name, also where `/proc` is not there, from which
/// Swift's runtime reads them.
package func commandLineWords() -> [String] {
    var words: [String] = []
    // A word lives as long as the program, and ends with a zero byte.
    while let word = unsafe halfopen_argument(Int32(words.count)) {
        words.append(unsafe String(cString: word))
    }
    return words
}
