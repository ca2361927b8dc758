//! Being told that a child has ended, as a descriptor for the poll loop, without reaping it.
//!
//! Linux has a descriptor for a process. Elsewhere every SIGCHLD makes the notices of all children readable, and
//! each looks at its own.
//!
//! **Absent on purpose:** how it ended.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::process::Pid;

#[cfg(target_os = "linux")]
pub(super) use linux::ExitNotice;
#[cfg(not(target_os = "linux"))]
pub(super) use portable::ExitNotice;

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::OwnedFd;

    use rustix::process::{PidfdFlags, pidfd_open};

    use super::{AsFd, BorrowedFd, Pid, io};

    /// Readable when the child has ended.
    #[derive(Debug)]
    pub(in super::super) struct ExitNotice(OwnedFd);

    impl ExitNotice {
        /// The child has not been reaped.
        pub(in super::super) fn of(child: Pid) -> io::Result<Self> {
            Ok(Self(pidfd_open(child, PidfdFlags::empty())?))
        }

        /// It was readable: has the child ended?
        pub(in super::super) fn is_true(&mut self) -> bool {
            true
        }
    }

    impl AsFd for ExitNotice {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }
}

#[cfg(any(test, not(target_os = "linux")))]
mod portable {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use rustix::process::{WaitId, WaitIdOptions, waitid};
    use signal_hook::SigId;
    use signal_hook::consts::SIGCHLD;

    use super::{AsFd, BorrowedFd, Pid, io};

    /// Readable when some child has ended.
    #[derive(Debug)]
    pub(in super::super) struct ExitNotice {
        child: Pid,
        pipe: UnixStream,
        id: SigId,
    }

    impl ExitNotice {
        /// The child has not been reaped.
        pub(in super::super) fn of(child: Pid) -> io::Result<Self> {
            let (pipe, mut write) = UnixStream::pair()?;
            pipe.set_nonblocking(true)?;
            let id = signal_hook::low_level::pipe::register(SIGCHLD, write.try_clone()?)?;
            write.write_all(&[0])?; // look once: it may have ended before we listened
            Ok(Self { child, pipe, id })
        }

        /// It was readable: has the child ended?
        pub(in super::super) fn is_true(&mut self) -> bool {
            let mut bytes = [0; 64];
            while self.pipe.read(&mut bytes).is_ok_and(|count| count == bytes.len()) {}
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            !matches!(waitid(WaitId::Pid(self.child), look), Ok(None))
        }
    }

    impl AsFd for ExitNotice {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.pipe.as_fd()
        }
    }

    impl Drop for ExitNotice {
        fn drop(&mut self) {
            signal_hook::low_level::unregister(self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    #[test]
    fn the_portable_notice_tells_an_end_and_nothing_else() {
        let mut child = std::process::Command::new("sleep").arg("0.3").spawn().unwrap();
        let mut notice = portable::ExitNotice::of(Pid::from_child(&child)).unwrap();
        assert!(!notice.is_true());
        let until = Instant::now() + Duration::from_secs(10);
        while !notice.is_true() {
            assert!(Instant::now() < until);
            let mut fds = [PollFd::new(&notice, PollFlags::IN)];
            let _ = poll(&mut fds, Some(&Timespec { tv_sec: 5, tv_nsec: 0 }));
        }
        assert!(child.wait().unwrap().success());
    }
}
