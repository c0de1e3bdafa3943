/// The span in which cookies are unique and remembered times can be compared with present ones.
package struct ClockEpoch: Hashable, Sendable {
    /// The kernel's random name of this boot (`/proc/sys/kernel/random/boot_id`).
    package var bootID: String
    /// The wall clock less the time since boot; it changes only when somebody sets the clock.
    package var bootedAt: WallTime

    /// An epoch of the given facts.
    package init(bootID: String, bootedAt: WallTime) {
        self.bootID = bootID
        self.bootedAt = bootedAt
    }

    /// Whether times remembered in another epoch mean in this one what they meant then.
    package func continues(_ earlier: ClockEpoch, skew: TimeSpan) -> Bool {
        let step = bootedAt - earlier.bootedAt
        return bootID == earlier.bootID && step <= skew && TimeSpan.zero - step <= skew
    }
}
