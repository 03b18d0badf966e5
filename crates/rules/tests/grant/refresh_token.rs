//! Refresh: how a generation stands, what is decided for each standing, and every way to be refused.

mod decide;
mod standing;
