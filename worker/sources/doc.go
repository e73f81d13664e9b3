// Package sources reads submissions as people send them: files, directories and archives. It says what of them is a source,
// for every command alike:
//
//   - Archives (.zip, .tar, .tar.gz, .tgz) are unpacked within bounds, also where they lie in a directory or in another
//     archive. An archive of answers, which submit-answer problems take as it is, stays one file.
//   - What programs leave behind is no source: hidden files, __MACOSX, object files and the like; see Junk.
//   - One directory around everything in an archive is taken off.
//   - Source files lose their byte-order mark, and UTF-16 becomes UTF-8.
//   - Where several files could be the program, Chooser says which one is, or that nobody can know.
//
// Every error of the one who sent it is an *Error or a *ChoiceError; others are the disk's.
package sources
