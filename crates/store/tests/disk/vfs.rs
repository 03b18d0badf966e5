//! The layer between SQLite and its files (<https://sqlite.org/vfs.html>).
//!
//! It becomes SQLite's default when the first disk is made. A file of ours is a [`Handle`] with the system's own file behind
//! it in the same piece of memory; every method passes on to that one. Syncs are not passed on: whether something is
//! durable is what the disk's own record says, and the tests need not wait for a real platter.
#![allow(unsafe_code, reason = "SQLite calls its files through C function pointers; there is no safe binding for that")]

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicPtr, Ordering},
    },
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use super::{Call, Change, Fault, Part, State, Verdict};

static WATCHED: Mutex<Vec<(PathBuf, Weak<State>)>> = Mutex::new(Vec::new());
static SYSTEM: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(std::ptr::null_mut());

/// Passes everything in `folder` by `state` from now on.
pub fn watch(folder: PathBuf, state: &Arc<State>) {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(register);
    WATCHED.lock().unwrap().push((folder, Arc::downgrade(state)));
}

fn register() {
    // SAFETY: SQLite's own default lives for ever; the copy of it is leaked, so it does as well.
    unsafe {
        let system = ffi::sqlite3_vfs_find(std::ptr::null());
        SYSTEM.store(system, Ordering::Release);
        let own = Box::leak(Box::new(std::ptr::read(system)));
        own.szOsFile += c_int::try_from(size_of::<Handle>()).unwrap();
        own.zName = c"keyward-tests".as_ptr();
        own.xOpen = Some(open);
        own.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(own, 1), ffi::SQLITE_OK);
    }
}

fn disk_of(file: &Path) -> Option<Arc<State>> {
    let folder = file.parent()?;
    let watched = WATCHED.lock().unwrap();
    watched.iter().find(|(own, _)| own == folder)?.1.upgrade()
}

/// What SQLite takes for its file. The system's own file follows it in memory.
#[repr(C)]
struct Handle {
    base: sqlite3_file,
    watched: *mut Watched,
}

struct Watched {
    disk: Arc<State>,
    path: PathBuf,
    part: Option<Part>,
}

fn system() -> *mut sqlite3_vfs {
    SYSTEM.load(Ordering::Acquire)
}

/// # Safety
/// `name` is null or a C string, as SQLite gives it.
unsafe fn path(name: *const c_char) -> Option<PathBuf> {
    // SAFETY: the caller's.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned().into())
}

/// # Safety
/// `file` is a file that [`open`] opened.
unsafe fn behind(file: *mut sqlite3_file) -> (*mut sqlite3_file, &'static sqlite3_io_methods) {
    // SAFETY: `register` asked for room for a handle and the system's file after it; an open file has methods.
    unsafe {
        let own = file.cast::<Handle>().add(1).cast::<sqlite3_file>();
        (own, &*(*own).pMethods)
    }
}

/// # Safety
/// `file` is a file that [`open`] opened.
unsafe fn watched<'a>(file: *mut sqlite3_file) -> Option<&'a Watched> {
    // SAFETY: `open` has put null or a box there, which lives until `close`.
    unsafe { (*file.cast::<Handle>()).watched.as_ref() }
}

unsafe extern "C" fn open(_: *mut sqlite3_vfs, name: *const c_char, file: *mut sqlite3_file, flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a file of the size that was registered; the system's file in it is opened by the system's VFS.
    unsafe {
        let handle = file.cast::<Handle>();
        handle.write(Handle { base: sqlite3_file { pMethods: std::ptr::null() }, watched: std::ptr::null_mut() });
        let result = (*system()).xOpen.unwrap()(system(), name, handle.add(1).cast(), flags, out);
        if result != ffi::SQLITE_OK {
            return result;
        }
        (*handle).base.pMethods = &METHODS;
        if let Some(path) = path(name)
            && let Some(disk) = disk_of(&path)
        {
            let part = match flags {
                _ if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 => Some(Part::Database),
                _ if flags & ffi::SQLITE_OPEN_WAL != 0 => Some(Part::Log),
                _ => None,
            };
            (*handle).watched = Box::into_raw(Box::new(Watched { disk, path, part }));
        }
        result
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let result = (*system()).xDelete.unwrap()(system(), name, sync);
        if let Some(path) = path(name)
            && let Some(disk) = disk_of(&path)
        {
            disk.deleted(&path);
        }
        result
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once; the box is from `open`.
    unsafe {
        let (own, methods) = behind(file);
        let result = methods.xClose.unwrap()(own);
        let watched = (*file.cast::<Handle>()).watched;
        if !watched.is_null() {
            drop(Box::from_raw(watched));
        }
        result
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, length: c_int, at: i64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        if let Some(watched) = watched(file)
            && let Some(part) = watched.part
            && let Verdict::Fail(_) = watched.disk.verdict(&[Fault::Read(part)])
        {
            return ffi::SQLITE_IOERR_READ;
        }
        let (own, methods) = behind(file);
        methods.xRead.unwrap()(own, into, length, at)
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, length: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives `length` readable bytes; otherwise passed on as it came.
    unsafe {
        let (own, methods) = behind(file);
        let Some(watched) = watched(file) else { return methods.xWrite.unwrap()(own, from, length, at) };
        if let Some(part) = watched.part {
            watched.disk.wait_while_held(Call::Write(part));
        }
        let faults = watched.part.map(|part| [Fault::Full(part), Fault::Write(part), Fault::Short(part)]);
        let (length, failure) = match watched.disk.verdict(faults.as_ref().map_or(&[], |faults| faults)) {
            Verdict::Pass => (length, None),
            Verdict::Fail(Fault::Short(_)) => (length / 2, Some(ffi::SQLITE_IOERR_WRITE)),
            Verdict::Fail(Fault::Full(_)) => return ffi::SQLITE_FULL,
            Verdict::Fail(_) => return ffi::SQLITE_IOERR_WRITE,
        };
        let result = methods.xWrite.unwrap()(own, from, length, at);
        if result == ffi::SQLITE_OK {
            let bytes = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(length).unwrap()).to_vec();
            watched.disk.change(&watched.path, Change::Write { at: usize::try_from(at).unwrap(), bytes });
        }
        failure.unwrap_or(result)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: i64) -> c_int {
    // SAFETY: passed on as it came.
    unsafe {
        let (own, methods) = behind(file);
        let result = methods.xTruncate.unwrap()(own, length);
        if let Some(watched) = watched(file)
            && result == ffi::SQLITE_OK
        {
            watched.disk.change(&watched.path, Change::Cut { length: usize::try_from(length).unwrap() });
        }
        result
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: it is a file of ours.
    let Some(watched) = (unsafe { watched(file) }) else { return ffi::SQLITE_OK };
    if let Some(part) = watched.part {
        watched.disk.wait_while_held(Call::Sync(part));
    }
    let faults = watched.part.map(|part| [Fault::Sync(part)]);
    match watched.disk.verdict(faults.as_ref().map_or(&[], |faults| faults)) {
        Verdict::Pass => {
            watched.disk.synced(&watched.path);
            ffi::SQLITE_OK
        }
        Verdict::Fail(_) => {
            watched.disk.lost(&watched.path);
            ffi::SQLITE_IOERR_FSYNC
        }
    }
}

macro_rules! passed_on {
    ($($name:ident: $method:ident($($argument:ident: $type:ty),*);)+) => {
        $(unsafe extern "C" fn $name(file: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            // SAFETY: passed on as it came.
            unsafe {
                let (own, methods) = behind(file);
                methods.$method.unwrap()(own, $($argument),*)
            }
        })+
    };
}

passed_on! {
    size: xFileSize(size: *mut i64);
    lock: xLock(level: c_int);
    unlock: xUnlock(level: c_int);
    check_reserved: xCheckReservedLock(out: *mut c_int);
    control: xFileControl(operation: c_int, argument: *mut c_void);
    sector: xSectorSize();
    characteristics: xDeviceCharacteristics();
    shared_map: xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void);
    shared_lock: xShmLock(offset: c_int, count: c_int, flags: c_int);
    shared_unmap: xShmUnmap(delete: c_int);
}

unsafe extern "C" fn shared_barrier(file: *mut sqlite3_file) {
    // SAFETY: passed on as it came.
    unsafe {
        let (own, methods) = behind(file);
        methods.xShmBarrier.unwrap()(own);
    }
}

/// Version 2: without memory mapping of the database, so that every read and write comes by here.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shared_map),
    xShmLock: Some(shared_lock),
    xShmBarrier: Some(shared_barrier),
    xShmUnmap: Some(shared_unmap),
    xFetch: None,
    xUnfetch: None,
};
