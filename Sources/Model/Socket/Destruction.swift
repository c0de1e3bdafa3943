/// The result of destroying a socket.
package enum Destruction: Hashable, Sendable {
    /// The kernel has closed it.
    case destroyed
    /// It did not exist any more.
    case gone
    /// It was left alone: it was ESTABLISHED no more, or was not to be destroyed any more.
    case skipped
    /// It was left alone: too much time had passed since the look at it.
    case late
    /// The kernel did not do it, for the reason given.
    case refused(String)
}
