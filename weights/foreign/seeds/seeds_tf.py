# Small files of each format, written by the frameworks themselves; the tests say what is in them.
# Needs tensorflow, tf_keras and tf2onnx.  Usage: seeds_tf.py WEIGHTS_FOLDER KERAS_MODEL (../shared/ref/keras/squeezenet1_1.h5)
import sys, os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np, tensorflow as tf, keras, tf_keras
out = lambda *p: (os.makedirs(os.path.join(sys.argv[1], *p[:-1]), exist_ok=True), os.path.join(sys.argv[1], *p))[1]
a = np.arange(6, dtype=np.float32).reshape(2, 3) - 2.5
with tf.Graph().as_default(), tf.compat.v1.Session() as s:
    v = [tf.compat.v1.Variable(a, name='conv1/weights'), tf.compat.v1.Variable(a[0], name='conv1/bias'),
         tf.compat.v1.Variable(a.astype(np.float16), name='half'), tf.compat.v1.Variable(np.int64(3), name='global_step')]
    loss = tf.reduce_sum(v[0] ** 2) + tf.reduce_sum(v[1] ** 2)
    tf.compat.v1.train.AdamOptimizer().minimize(loss, var_list=v[:2])
    s.run(tf.compat.v1.global_variables_initializer())
    tf.compat.v1.train.Saver().save(s, out('tfcheckpoint', 'testdata', 'adam.ckpt'), write_meta_graph=False)
for k, name in ((keras, 'keras3'), (tf_keras, 'keras2')):
    m = k.Sequential([k.layers.Input((4, 4, 1)), k.layers.Conv2D(2, 3, name='conv1'), k.layers.Conv2D(1, 1)])
    m.compile(optimizer='adam', loss='mse')
    m.train_on_batch(np.zeros((1, 4, 4, 1)), np.zeros((1, 2, 2, 1)))
    for layer in m.layers:
        layer.set_weights([np.arange(w.size, dtype=np.float32).reshape(w.shape) - 1.5 for w in layer.get_weights()])
    m.save(out('keras', 'testdata', name + '.h5'))
    m.save(out('keras', 'testdata', name + '.keras'))
    m.save_weights(out('keras', 'testdata', name + '.weights.h5'))
import tf2onnx
tf2onnx.convert.from_keras(tf_keras.models.load_model(sys.argv[2], compile=False), opset=13, output_path='tf2onnx.onnx')
