//! Kernels for each width of vector registers.

/// Compiles `$body` once for each width and runs the widest that the processor has. A fused multiply-add is one
/// operation everywhere, so results are the same.
macro_rules! widest {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),* $(,)?) = $body:path) => {
        $(#[$doc])*
        fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
                fn of_512_bits($($argument: $kind),*) {
                    $body($($argument),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn of_256_bits($($argument: $kind),*) {
                    $body($($argument),*);
                }
                if is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2") {
                    if is_x86_feature_detected!("avx512f")
                        && is_x86_feature_detected!("avx512dq")
                        && is_x86_feature_detected!("avx512vl")
                    {
                        // SAFETY: the processor has every feature that the function is compiled for.
                        unsafe { of_512_bits($($argument),*) };
                        return;
                    }
                    // SAFETY: as above.
                    unsafe { of_256_bits($($argument),*) };
                    return;
                }
            }
            $body($($argument),*);
        }
    };
}

pub(crate) use widest;
