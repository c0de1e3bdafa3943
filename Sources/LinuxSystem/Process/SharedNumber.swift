import CLinux
import Glibc

/// A number that this process and the copies that it makes of itself share.
///
/// Safe: the memory lives as long as this value, and each access is atomic.
@safe
package struct SharedNumber: ~Copyable {
    private let place: OpaquePointer

    /// A number that is 0.
    ///
    /// The corresponding C function is `mmap`.
    package init() throws(Errno) {
        guard let made = unsafe halfopen_make_shared_number() else { throw .current }
        unsafe place = made
    }

    deinit {
        unsafe halfopen_free_shared_number(place)
    }

    /// What it is now.
    package var value: UInt32 {
        get { unsafe halfopen_get_shared_number(place) }
        nonmutating set { unsafe halfopen_set_shared_number(place, newValue) }
    }
}
