package language

import (
	"testing"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// archivePrograms are compiled by compilers on the JVM, by language and what is special about them.
var archivePrograms = map[string]map[string]map[string]string{
	"java": {
		"two files": {
			"Main.java": "import java.util.*;\npublic class Main { public static void main(String[] a) { System.out.println(Help.twice(List.of(1, 2))); } }\n",
			"Help.java": "import java.util.stream.*;\nclass Help { static Object twice(java.util.List<Integer> l) { return l.stream().map(x -> 2 * x).collect(Collectors.toList()); } }\n",
		},
		"warned":    {"Main.java": "import java.util.*;\nclass Main { public static void main(String[] a) { List l = new ArrayList(); l.add(new Integer(1)); } }\n"},
		"a record":  {"Main.java": "record P(int x) {}\nclass Main { public static void main(String[] a) { System.out.println(new P(1) + \"\"\"\n  text\n  \"\"\"); } }\n"},
		"wrong":     {"Main.java": "class Main { int f() { return \"a\"; } void g() { h(); } }\n"},
		"no syntax": {"Main.java": "class Main {\n"},
		"no class":  {"Main.java": ""},
	},
	"kotlin": {
		"warned": {"main.kt": "data class P(val x: Int)\nfun main() { val unused = 1; println(readLine()!!.split(\" \").map { P(it.toInt()) }.sumBy { it.x }) }\n"},
		"wrong":  {"main.kt": "fun main() { val x: Int = \"a\" }\n"},
	},
	"scala": {
		"warned": {"Main.scala": "case class P(x: Int)\nobject Main { def main(a: Array[String]): Unit = { val l: Any = a.toList.map(w => P(w.toInt)).map(_.x); l match { case x: List[Int] => println(x) } } }\n"},
		"wrong":  {"Main.scala": "object Main { val x: Int = \"a\" }\n"},
	},
}

// The archive of a compiler's classes makes a compilation quick and changes nothing else.
func TestClassDataArchiveChangesNoProgram(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	table := defaultTable(t)
	for id, programs := range archivePrograms {
		t.Run(id, func(t *testing.T) {
			requireLanguage(t, table, id)
			toolchains, p := worker(t, table, id)
			l, _ := table.Lookup(id)
			archive := toolchains.of(l).cache.dir
			if archive == "" {
				t.Fatal("there is no archive")
			}
			for name, files := range programs {
				t.Run(name, func(t *testing.T) {
					sources := sourceFiles(files)
					sameCompilation(t, compileWith(t, p, table, id, archive, Limits{}, sources...), compileIn(t, p, table, id, Limits{}, sources...))
				})
			}
		})
	}
}

// An archive that the JVM cannot use, such as that of another one, costs time alone.
func TestUnfitClassDataArchive(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	table := defaultTable(t)
	requireLanguage(t, table, "java")
	toolchains, p := worker(t, table)
	l, _ := table.Lookup("java")
	sources := sourceFiles(archivePrograms["java"]["warned"])
	plain := compileIn(t, p, table, "java", Limits{}, sources...)
	for _, text := range []string{"", "not an archive"} {
		unfit := prepareWith(t, toolchains, p, l, []string{"sh", "-c", "mkdir {output}; printf '" + text + "' >{output}/classes.jsa"})
		sameCompilation(t, compileWith(t, p, table, "java", unfit, Limits{}, sources...), plain)
	}
}
