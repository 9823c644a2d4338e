package source

import "fmt"

// file is a recognised task definition.
type file struct {
	dialect dialect
	// definition is the object with containerDefinitions; null for a bare array of containers.
	definition node
	containers node
	// tags stand in the definition, or beside it in a describe answer.
	tags node
}

// recognise finds the task definition in a document, or says what the document is instead.
func recognise(root node) (file, error) {
	switch root.kind {
	case list:
		return bareContainers(root)
	case object:
		d, tags := root, root.get("tags")
		if inner := root.get("taskDefinition"); inner.kind == object {
			d = inner
			if tags.kind == null {
				tags = inner.get("tags")
			}
		}
		return definitionOf(d, tags)
	}
	return file{}, fmt.Errorf("%w: %s, where an object or a list belongs", ErrOther, root.kind)
}

func definitionOf(d, tags node) (file, error) {
	c := d.get("containerDefinitions")
	switch {
	case c.kind == null:
		return file{}, fmt.Errorf("%w: %s", ErrOther, other(d))
	case c.kind != list:
		return file{}, fmt.Errorf("line %d: containerDefinitions is %s, where a list belongs", c.at.Line, c.kind)
	}
	return bounded(file{dialect: api, definition: d, containers: c, tags: tags})
}

// bareContainers takes a list for containers where one of its objects has a name and an image, which ECS requires.
func bareContainers(root node) (file, error) {
	for _, c := range root.items {
		if c.get("name").kind == text && c.get("image").kind == text {
			return bounded(file{dialect: api, containers: root})
		}
	}
	return file{}, fmt.Errorf("%w: a list without a container (an object with name and image)", ErrOther)
}

func bounded(f file) (file, error) {
	if n := len(f.containers.items); n > maxContainers {
		return file{}, fmt.Errorf("line %d: %d containers; ECS takes ten", f.containers.at.Line, n)
	}
	for _, c := range f.containers.items {
		if n := f.dialect.get(c, "name"); len(n.text) > maxName {
			return file{}, fmt.Errorf("line %d: a container name of %d bytes; ECS takes 255 letters", n.at.Line, len(n.text))
		}
	}
	return f, nil
}

// tells are the keys by which other documents that stand beside task definitions are known, the first that fits.
var tells = []struct{ key, what string }{
	{"ContainerDefinitions", "containerDefinitions is spelled as in CloudFormation, outside a template"},
	{"Resources", "its Resources are no object, as a template's are"},
	{"Statement", "an IAM policy"},
	{"containerProperties", "an AWS Batch job definition"},
	{"jobDefinitionName", "an AWS Batch job definition"},
	{"daemonTaskDefinition", "a daemon's task definition"},
	{"serviceName", "the definition of an ECS service"},
	{"overrides", "the input of RunTask"},
	{"taskDefinition", "the input of RunTask or CreateService, which names a task definition"},
	{"services", "a Compose file"},
	{"image", "a single container"},
}

// other says what an object without containerDefinitions is.
func other(d node) string {
	for _, t := range tells {
		for _, m := range d.members {
			if m.key == t.key {
				return t.what
			}
		}
	}
	return "an object without containerDefinitions"
}
