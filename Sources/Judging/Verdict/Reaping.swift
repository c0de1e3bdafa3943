/// What reap does about a connection, and the result.
package struct Reaping: Hashable, Sendable {
    /// What is done.
    package enum Action: String, Hashable, Sendable, CaseIterable {
        /// Nothing yet: a run that is told to would destroy it.
        case wouldDestroy = "would-destroy"
        /// It is destroyed.
        case destroy
    }

    /// The result.
    package enum Result: String, Hashable, Sendable, CaseIterable {
        /// The kernel has closed it.
        case destroyed
        /// It had closed by itself.
        case gone
        /// It was left alone: it had come to life, or changed, since it was judged, or the last look at
        /// it was too long ago.
        case skipped
        /// The kernel did not do it.
        case refused
    }

    /// What is done.
    package var action: Action
    /// The result; `nil` where nothing was done, or where that is not known.
    package var result: Result?

    /// An action, before anything came of it.
    init(_ action: Action) {
        self.action = action
    }
}
