//! What to compute: an Argon2 variant, its parameters and a salt, as a PHC string says it.

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, PasswordHash, Salt},
};
use zeroize::Zeroizing;

use super::HashingSettings;
use crate::random::random;

/// Stored hashes that want more memory than this are refused.
pub const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// Stored hashes that want more passes than this are refused.
pub const MAX_ITERATIONS: u32 = 20;

const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// Why a stored hash cannot be computed with. Says nothing of the hash itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// Not a PHC string with parameters, salt and hash.
    #[error("the stored hash is not a PHC string, expected $argon2id$v=19$m=…,t=…,p=…$salt$hash: set the password again")]
    Malformed,
    /// Another algorithm or version of it.
    #[error("the stored hash is of an unknown algorithm, expected argon2id, argon2i or argon2d: set the password again")]
    Algorithm,
    /// Too costly to compute.
    #[error(
        "the stored hash wants {memory_kib} KiB and {iterations} passes, expected at most {MAX_MEMORY_KIB} KiB and {MAX_ITERATIONS} passes: set the password again"
    )]
    Cost {
        /// The memory it wants.
        memory_kib: u32,
        /// The passes it wants.
        iterations: u32,
    },
}

/// How to turn a password into a hash, and which hash is expected.
#[derive(Clone)]
pub(super) struct Recipe {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    expected: Output,
}

impl Recipe {
    /// The configured parameters with a random salt and a random expected hash: no password is
    /// known to match it. `None` without randomness or with parameters out of range.
    pub(super) fn current(settings: &HashingSettings) -> Option<Self> {
        let params = Params::new(settings.memory_kib, settings.iterations, 1, Some(OUTPUT_BYTES)).ok()?;
        Some(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params,
            salt: new_salt()?,
            expected: Output::new(&random::<OUTPUT_BYTES>().ok()?).ok()?,
        })
    }

    /// Reads a PHC string; without a version it is one of 0x10, as the reference code has it.
    pub(super) fn parse(phc: &str) -> Result<Self, HashFault> {
        let parsed = PasswordHash::new(phc).map_err(|_| HashFault::Malformed)?;
        let algorithm = Algorithm::new(parsed.algorithm.as_str()).map_err(|_| HashFault::Algorithm)?;
        let version = parsed.version.map_or(Ok(Version::V0x10), Version::try_from);
        let params = Params::try_from(&parsed).map_err(|_| HashFault::Malformed)?;
        let (memory_kib, iterations) = (params.m_cost(), params.t_cost());
        if memory_kib > MAX_MEMORY_KIB || iterations > MAX_ITERATIONS {
            return Err(HashFault::Cost { memory_kib, iterations });
        }
        let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else {
            return Err(HashFault::Malformed);
        };
        Ok(Self { algorithm, version: version.map_err(|_| HashFault::Algorithm)?, params, salt, expected })
    }

    pub(super) fn with_new_salt(&self) -> Option<Self> {
        let salt = new_salt()?;
        Some(Self { salt, ..self.clone() })
    }

    /// Whether a hash made by the other is as good as one made by this.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm
            && self.version == other.version
            && self.params == other.params
            && self.salt.len() == other.salt.len()
    }

    pub(super) fn expects(&self, output: &Output) -> bool {
        self.expected == *output
    }

    /// Memory blocks of 1 KiB that one computation fills.
    pub(super) fn blocks(&self) -> usize {
        self.params.block_count()
    }

    /// The work of one computation, in blocks filled.
    pub(super) fn work(&self) -> u64 {
        u64::from(self.params.m_cost()).saturating_mul(self.params.t_cost().into())
    }

    /// Computes the hash in `memory`; `None` if that is less than [`blocks`](Self::blocks) blocks.
    pub(super) fn compute(&self, password: &[u8], memory: &mut [Block]) -> Option<Output> {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let mut bytes = Zeroizing::new([0; Output::MAX_LENGTH]);
        let out = bytes.get_mut(..self.expected.len())?;
        argon2.hash_password_into_with_memory(password, &self.salt, out, memory).ok()?;
        Output::new(out).ok()
    }

    /// The PHC string of a hash this recipe made.
    pub(super) fn to_phc(&self, output: &Output) -> String {
        let Self { algorithm, salt, .. } = self;
        let version = u32::from(self.version);
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        format!("${algorithm}$v={version}$m={m},t={t},p={p}${salt}${output}")
    }
}

fn new_salt() -> Option<Salt> {
    Salt::new(&random::<SALT_BYTES>().ok()?).ok()
}
