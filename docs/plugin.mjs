// Two things that typedoc would put less briefly.
import { Converter, ReflectionFlag, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const r of /** @type {any[]} */ (Object.values(project.reflections))) {
      // a getter and its setter are a property to whoever reads about them
      if (r.kind === ReflectionKind.Accessor && r.getSignature) {
        r.kind = ReflectionKind.Property;
        r.type = r.getSignature.type;
        r.comment ??= r.getSignature.comment;
        r.setFlag(ReflectionFlag.Readonly, !r.setSignature);
        for (const signature of [r.getSignature, r.setSignature]) if (signature) project.removeReflection(signature);
        r.getSignature = r.setSignature = undefined;
      }
      // types in JSDoc get a list of type parameters, though it be empty
      if (r.typeParameters?.length === 0) r.typeParameters = undefined;
    }
  });
}
