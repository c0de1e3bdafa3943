/// Where in the inputs of an incident something is said.
package struct LogPlace: Hashable, Sendable {
    /// The index of the input.
    package var input: Int
    /// The line of a log, counted from 1; in a capture, the packet.
    package var line: Int

    /// A place in an input.
    package init(input: Int, line: Int) {
        self.input = input
        self.line = line
    }
}
