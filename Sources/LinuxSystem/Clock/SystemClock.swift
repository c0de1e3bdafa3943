import Glibc
import Model

/// The machine's wall clock, read where the program touches the world.
package func systemTime() -> WallTime { WallTime(milliseconds: milliseconds(of: CLOCK_REALTIME)) }

/// The machine's name as the kernel has it, gethostname(2).
package func hostName() -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(HOST_NAME_MAX) + 1) { name in
        unsafe name.initialize(repeating: 0)
        // The last byte stays zero whatever is written.
        guard let start = name.baseAddress, unsafe gethostname(start, name.count - 1) == 0
        else { return "" }
        return unsafe String(
            decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }
}

/// A clock that goes on steadily while the machine runs: for lengths of time.
package func steadyTime() -> TimeSpan { TimeSpan(milliseconds: milliseconds(of: CLOCK_MONOTONIC)) }

/// The time since this machine was booted, in which it may have slept; nobody can set it.
package func timeSinceBoot() -> TimeSpan {
    TimeSpan(milliseconds: milliseconds(of: CLOCK_BOOTTIME))
}

/// A clock's time, clock_gettime(2).
private func milliseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    // Fails only for a clock that does not exist.
    _ = unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// Both clocks, read one after the other.
package func readClocks() -> ClockReading { ClockReading(wall: systemTime(), steady: steadyTime()) }
