/// Why bytes are no history that this version can read.
package enum HistoryFault: Error, Hashable, Sendable {
    /// They never were a history.
    case foreign
    /// A newer version of the program wrote them.
    case newer
    /// They are not as they were written: cut short or changed.
    case damaged
}
