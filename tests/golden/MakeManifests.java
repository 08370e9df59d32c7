// Makes the manifests java_*.avro with Java's own writer, Apache Iceberg 1.10.1:
//
//   mvn dependency:copy-dependencies -DoutputDirectory=lib   (a pom with org.apache.iceberg:iceberg-core:1.10.1)
//   java -cp 'lib/*' tests/golden/MakeManifests.java tests/golden/manifests
//   python tests/golden/make_manifests.py --describe         (then renews their .json)
//
// The second append merges: its manifest holds an ADDED and an EXISTING entry. A third table is
// partitioned, for the summaries in the list and a manifest that Eider must not write again.
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.*;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.inmemory.InMemoryCatalog;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.types.Types;

public class MakeManifests {
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    InMemoryCatalog catalog = new InMemoryCatalog();
    catalog.initialize("lake", Map.of("warehouse", "file:///warehouse"));
    catalog.createNamespace(Namespace.of("g"));
    Schema schema =
        new Schema(
            Types.NestedField.optional(1, "a", Types.LongType.get()),
            Types.NestedField.optional(2, "d", Types.DoubleType.get()));

    Table table = catalog.createTable(TableIdentifier.of("g", "t"), schema);
    table.newAppend().appendFile(withMetrics()).commit();
    save(table.io(), table.currentSnapshot().allManifests(table.io()).get(0).path(), folder, "java_added");
    table.updateProperties().set("commit.manifest.min-count-to-merge", "2").commit();
    table.newAppend().appendFile(file(PartitionSpec.unpartitioned(), "b", 3).build()).commit();
    Snapshot merged = table.currentSnapshot();
    save(table.io(), merged.allManifests(table.io()).get(0).path(), folder, "java_merged");
    save(table.io(), merged.manifestListLocation(), folder, "java_list");

    PartitionSpec byA = PartitionSpec.builderFor(schema).identity("a").build();
    Table partitioned = catalog.createTable(TableIdentifier.of("g", "p"), schema, byA);
    partitioned.newAppend()
        .appendFile(file(byA, "c", 1).withPartitionPath("a=7").build())
        .appendFile(file(byA, "e", 2).withPartitionPath("a=-7").build())
        .commit();
    Snapshot snapshot = partitioned.currentSnapshot();
    save(partitioned.io(), snapshot.allManifests(partitioned.io()).get(0).path(), folder, "java_partitioned");
    save(partitioned.io(), snapshot.manifestListLocation(), folder, "java_partitioned_list");
  }

  private static DataFiles.Builder file(PartitionSpec spec, String name, long records) {
    return DataFiles.builder(spec)
        .withPath("file:///warehouse/g/t/data/" + name + ".parquet")
        .withFormat("parquet")
        .withFileSizeInBytes(1000 + records)
        .withRecordCount(records);
  }

  private static DataFile withMetrics() {
    Metrics metrics =
        new Metrics(
            5L,
            Map.of(1, 100L, 2, 200L),
            Map.of(1, 5L, 2, 5L),
            Map.of(1, 1L, 2, 0L),
            Map.of(2, 2L),
            Map.of(1, ByteBuffer.wrap(new byte[] {1, 0, 0, 0, 0, 0, 0, 0})),
            Map.of(1, ByteBuffer.wrap(new byte[] {9, 0, 0, 0, 0, 0, 0, 0})));
    return file(PartitionSpec.unpartitioned(), "a", 5)
        .withMetrics(metrics)
        .withSplitOffsets(List.of(4L, 600L))
        .withEncryptionKeyMetadata(ByteBuffer.wrap(new byte[] {0, -1, 7}))
        .build();
  }

  private static void save(FileIO io, String path, Path folder, String name) throws Exception {
    try (InputStream in = io.newInputFile(path).newStream()) {
      java.nio.file.Files.copy(in, folder.resolve(name + ".avro"), StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
