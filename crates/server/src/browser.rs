//! Browsers and the people in front of them.
//!
//! 1. [`Visitor::of`] reads the cookies: which browser it is, and who is signed in there ([`cookies`]).
//! 2. A page's forms carry a ticket for this visitor ([`Visitor::ticket`]); what a form sends ([`Submission`]) is worth something
//!    only with one ([`Visitor::open`]), and only if no other site sent it ([`same_site`]).
//! 3. [`show`] sends a page, with the headers that keep it to itself; [`trouble`] sends a refusal as a page.

pub mod agent;
pub mod assets;
pub mod cookies;
pub mod same_site;
mod show;
mod submission;
mod visitor;

pub use self::{
    show::{redirect, send_on, show, trouble},
    submission::Submission,
    visitor::Visitor,
};
