//! libFuzzer, called from within a `#[test]`: it makes inputs until its arguments say to stop, then ends the process.
//!
//! The only unsafe code of the project, in no build but script/fuzz's. The code under test counts its own coverage:
//! script/fuzz has rustc instrument it.

use std::{
    env,
    ffi::{CString, c_char, c_int},
    process,
    sync::OnceLock,
};

static TEST: OnceLock<fn(&[u8])> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Some(test) = TEST.get() {
        test(input);
    }
});

unsafe extern "C" {
    /// <https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library>
    fn LLVMFuzzerRunDriver(
        argc: *mut c_int,
        argv: *mut *mut *mut c_char,
        callback: extern "C" fn(*const u8, usize) -> c_int,
    ) -> c_int;
}

extern "C" fn one(data: *const u8, size: usize) -> c_int {
    // SAFETY: libFuzzer hands over a buffer of this size, which stays as it is during the call.
    unsafe { libfuzzer_sys::test_input_wrap(data, size) }
}

/// Fuzzes with libFuzzer's arguments, one a line.
pub fn run(test: fn(&[u8]), arguments: &str) -> ! {
    TEST.get_or_init(|| test);
    let program = env::args().next().unwrap_or_default();
    let arguments = std::iter::once(program.as_str()).chain(arguments.lines());
    let mut arguments: Vec<_> = arguments
        .map(|argument| {
            CString::new(argument)
                .expect("no argument has a NUL in it")
                .into_raw()
        })
        .collect();
    let mut count = c_int::try_from(arguments.len()).expect("a few arguments");
    arguments.push(std::ptr::null_mut());
    let mut arguments = arguments.as_mut_ptr();
    // SAFETY: like main's, the list ends with a null pointer; its strings are never freed.
    let status = unsafe { LLVMFuzzerRunDriver(&mut count, &mut arguments, one) };
    process::exit(status)
}
