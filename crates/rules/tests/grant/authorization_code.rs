mod decide;
mod properties;
