// Nothing but this comment: it compiles, and there is no main() to link.
